import { expect } from 'vitest'

import { started } from './started.ts'
import { DyingStore } from './dying-store.ts'
import { INHERITANCE_MS } from './fleet.ts'
import type { EnginePromise } from './fleet.ts'

export const ending: readonly EnginePromise[] = [
  [
    'I28 starts nothing while the store is closed, and says so',
    async (fleet) => {
      const connection = await fleet.connection()
      const once = await fleet.provider({}, connection)
      await connection.close()
      let ran = false
      const call = once.execute('key', () => {
        ran = true
      })
      await expect(call).rejects.toMatchObject({
        code: expect.stringMatching(/^ONCE_(CLOSED|STORE_UNAVAILABLE)$/),
      })
      expect(ran).toBe(false)
    },
  ],
  [
    'I28 runs without protection when asked to, and says so',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const once = await fleet.provider({ onStoreError: 'run' }, dying)
      dying.die()
      const outcome = await once.executeOutcome('key', (run) => run.fence)
      expect(outcome).toMatchObject({ value: 0, protected: false, replayed: false })
    },
  ],
  [
    'I33 counts every call once',
    async (fleet) => {
      const [first, second] = await fleet.pair({ waitTimeout: 100 })
      const gate = Promise.withResolvers<string>()
      const run = await started(first, 'long', () => gate.promise, { payload: 1 })
      const calls = [
        second.execute('long', () => 'never', { payload: 1 }),
        second.execute('long', () => 'never', { payload: 2 }),
        second.execute('long', () => 'never', { payload: 1, onDuplicate: 'reject' }),
        second.execute('', () => 'never'),
        second.execute('bad', () => Promise.reject(new Error('no'))),
        second.execute('good', () => 'done'),
      ]
      await Promise.allSettled(calls)
      gate.resolve('done')
      await run.call
      await second.execute('long', () => 'never', { payload: 1 })
      const { details } = await second.health()
      const counts = Object.entries(details['operations'] as Record<string, number>)
      expect(Object.fromEntries(counts.filter(([, count]) => count > 0))).toEqual({
        wait_timeout: 1,
        mismatch: 1,
        conflict: 1,
        rejected: 1,
        failed: 1,
        executed: 1,
        replayed: 1,
      })
    },
  ],
  [
    'I34 waits for a running callback when it closes, keeps its outcome, and starts nothing more',
    async (fleet) => {
      const [closing, other] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const run = await started(closing, 'key', () => gate.promise)
      const closed = closing.close()
      await expect(closing.execute('next', () => 'never')).rejects.toMatchObject({
        code: 'ONCE_CLOSED',
      })
      gate.resolve('done')
      await Promise.all([closed, closing.close()])
      await expect(run.call).resolves.toBe('done')
      await expect(other.execute('key', () => 'second run')).resolves.toBe('done')
    },
  ],
  [
    'I34 leaves a callback that will not end to its lease',
    async (fleet) => {
      const closing = await fleet.provider({ drainTimeout: 50 })
      const heir = await fleet.provider({ waitTimeout: '30s' })
      const stuck = await started(closing, 'key', () => new Promise(() => {}))
      await closing.close()
      await expect(stuck.call).rejects.toMatchObject({ code: 'ONCE_CLOSED' })
      const closedAtMs = performance.now()
      await expect(heir.executeOutcome('key', () => 'heir')).resolves.toMatchObject({
        value: 'heir',
        attempt: 2,
      })
      expect(performance.now() - closedAtMs).toBeLessThan(fleet.leaseMs + INHERITANCE_MS)
    },
  ],
]
