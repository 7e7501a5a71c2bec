import { expect } from 'vitest'

import { started } from './started.ts'
import { DyingStore } from './dying-store.ts'
import type { EnginePromise } from './fleet.ts'

/** Bugs that other idempotency libraries had, by the number of the report. */
export const bugsOfOthers: readonly EnginePromise[] = [
  [
    'Powertools #5705: keeps the fingerprint when the outcome is stored, so the same payload replays and another one is told',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const payload = { card: '4242', amount: 1999 }
      await first.execute('key', () => 'charged', { payload })
      for (const once of [first, second]) {
        await expect(once.execute('key', () => 'again', { payload })).resolves.toBe('charged')
        const other = once.execute('key', () => 'again', { payload: { ...payload, amount: 2000 } })
        await expect(other).rejects.toMatchObject({ code: 'ONCE_MISMATCH' })
      }
    },
  ],
  [
    'Powertools #5707: a call inside a call completes its own key, under its own prefix, on the store they share',
    async (fleet) => {
      const store = await fleet.connection()
      const payments = await fleet.provider({}, store)
      const mails = await fleet.provider({ prefix: `${fleet.prefix}-mails` }, store)
      const value = await payments.execute('42', async () => {
        const mail = await mails.execute('42', () => 'mailed')
        return `charged, ${mail}`
      })
      expect(value).toBe('charged, mailed')
      expect((await payments.get('42'))?.value).toBe('charged, mailed')
      expect((await mails.get('42'))?.value).toBe('mailed')
    },
  ],
  [
    'Powertools #5714: whoever takes over a dead owner never writes over a live run',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const owner = await fleet.provider({}, dying)
      const heirs = await fleet.providers(3, { waitTimeout: '30s' })
      const dead = await started(owner, 'key', () => new Promise(() => {}))
      dying.die()
      let runs = 0
      let together = 0
      const values = heirs.map((heir) =>
        heir.execute('key', async () => {
          together++
          expect(together).toBe(1)
          await new Promise((resolve) => setTimeout(resolve, fleet.leaseMs * 1.5))
          together--
          return `run ${++runs}`
        }),
      )
      await expect(Promise.all(values)).resolves.toEqual(['run 1', 'run 1', 'run 1'])
      dead.call.catch(() => undefined)
    },
  ],
  [
    'Powertools #5714: an owner that was taken for dead never writes over the outcome that is there',
    async (fleet) => {
      const [late, heir] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const orphan = await started(late, 'key', () => gate.promise)
      await heir.clear('key', { force: true })
      await heir.execute('key', () => 'outcome')
      gate.resolve('late')
      await expect(orphan.call).resolves.toBe('outcome')
      expect((await heir.get('key'))?.value).toBe('outcome')
    },
  ],
  [
    'Powertools #5717: a callback that changes its input completes the key it was called with',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      interface Order {
        id: number
        amount: number
      }
      const charge = (order: Order): string => {
        order.id += 100
        order.amount = 0
        return 'charged'
      }
      const options = { key: ({ id }: Order) => `order:${id}`, payload: (order: Order) => order }
      await first.wrap(charge, options)({ id: 1, amount: 5 })
      await expect(second.wrap(charge, options)({ id: 1, amount: 5 })).resolves.toBe('charged')
      expect(await second.check('order:1')).toBe(true)
      expect(await second.exists('order:101')).toBe(false)
    },
  ],
  [
    'Go Execute: claims before it runs, so callers that come at once share one run',
    async (fleet) => {
      const providers = await fleet.pair({ waitTimeout: '30s' })
      let runs = 0
      const callback = async (): Promise<number> => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return ++runs
      }
      const calls = Array.from({ length: 10 }, (_, n) =>
        providers[n % 2 === 0 ? 0 : 1].execute('key', callback),
      )
      expect(new Set(await Promise.all(calls))).toEqual(new Set([1]))
    },
  ],
  [
    'Go Do: a duplicate is not told "done" while the first still runs',
    async (fleet) => {
      const [first, second] = await fleet.pair({ waitTimeout: '30s' })
      const gate = Promise.withResolvers<void>()
      let isOver = false
      const run = await started(first, 'key', () => gate.promise)
      const refused = second.do('key', () => {}, { onDuplicate: 'reject' })
      await expect(refused).rejects.toMatchObject({ code: 'ONCE_IN_PROGRESS' })
      const waiting = second.do('key', () => {}).then(() => isOver)
      isOver = true
      gate.resolve()
      await expect(waiting).resolves.toBe(true)
      await run.call
    },
  ],
]
