import { setTimeout as sleep } from 'node:timers/promises'

import { expect } from 'vitest'

import type { Run } from '../../types.ts'
import { started } from './started.ts'
import { codeOf } from './code-of.ts'
import { DyingStore } from './dying-store.ts'
import { INHERITANCE_MS } from './fleet.ts'
import type { EnginePromise } from './fleet.ts'

const DAY_MS = 86_400_000

export const leases: readonly EnginePromise[] = [
  [
    'I5 extends the lease of a callback that takes three of them: it runs once',
    async (fleet) => {
      const [first, second] = await fleet.pair({ waitTimeout: '30s' })
      let runs = 0
      const callback = async (): Promise<string> => {
        runs++
        await sleep(fleet.leaseMs * 3)
        return 'done'
      }
      const values = await Promise.all([
        first.execute('key', callback),
        second.execute('key', callback),
      ])
      expect(values).toEqual(['done', 'done'])
      expect(runs).toBe(1)
    },
  ],
  [
    'I3 I6 lets another run no later than a lease and a second after its owner died, as attempt 2 with a higher fence',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const owner = await fleet.provider({}, dying)
      const heir = await fleet.provider({ waitTimeout: '30s' })
      const first = await started(owner, 'key', () => new Promise(() => {}))
      dying.die()
      const diedAtMs = performance.now()
      const runs: Run[] = []
      const outcome = await heir.executeOutcome('key', (run) => {
        runs.push(run)
        return 'heir'
      })
      expect(performance.now() - diedAtMs).toBeLessThan(fleet.leaseMs + INHERITANCE_MS)
      expect(outcome).toMatchObject({ value: 'heir', attempt: 2, replayed: false })
      expect(runs[0]?.fence).toBeGreaterThan(first.run.fence)
      first.call.catch(() => undefined)
    },
  ],
  [
    'I3 I7 refuses the commit of an owner whose key was taken: its caller adopts the outcome of the winner',
    async (fleet) => {
      const [loser, winner] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const lost = await started(loser, 'key', () => gate.promise)
      await winner.clear('key', { force: true })
      await expect(winner.execute('key', () => 'winner')).resolves.toBe('winner')
      gate.resolve('loser')
      await expect(lost.outcome).resolves.toMatchObject({
        value: 'winner',
        replayed: true,
        leaseLost: true,
      })
      expect((await winner.get('key'))?.value).toBe('winner')
    },
  ],
  [
    'I7 tells the run of an owner whose key was taken, at its next extension',
    async (fleet) => {
      const [loser, winner] = await fleet.pair()
      const told = Promise.withResolvers<unknown>()
      const lost = await started(loser, 'key', (run) => {
        run.signal.addEventListener('abort', () => told.resolve(run.signal.reason))
        return told.promise.then(() => 'loser')
      })
      await winner.clear('key', { force: true })
      expect(codeOf(await told.promise)).toBe('ONCE_LEASE_LOST')
      await expect(lost.call).rejects.toMatchObject({ code: 'ONCE_LEASE_LOST' })
    },
  ],
  [
    'I9 writes an outcome again when the answer to its commit was lost, and runs nothing again',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const owner = await fleet.provider({}, dying)
      const other = await fleet.provider()
      dying.loseAnswers(2)
      let runs = 0
      const callback = (): string => {
        runs++
        return 'done'
      }
      const outcome = await owner.executeOutcome('key', callback)
      expect(outcome).toMatchObject({ value: 'done', replayed: false, leaseLost: false })
      await expect(other.execute('key', callback)).resolves.toBe('done')
      expect(runs).toBe(1)
    },
  ],
  [
    'I9 tells that nobody knows when no commit was answered, and lets nobody run behind it while the store is told late',
    async (fleet) => {
      const dying = new DyingStore(await fleet.connection())
      const owner = await fleet.provider({}, dying)
      const other = await fleet.provider({ waitTimeout: '30s' })
      dying.refuseCommits()
      const call = owner.execute('key', () => 'done')
      await expect(call).rejects.toMatchObject({ code: 'ONCE_OUTCOME_UNKNOWN', key: 'key' })
      expect(await other.check('key')).toBe(false)
      const duplicate = other.execute('key', () => 'second run')
      dying.recover()
      await expect(duplicate).resolves.toBe('done')
    },
  ],
  [
    'I18 counts leases by the clock of the store: providers a day apart share one run',
    async (fleet) => {
      const early = await fleet.provider({}, undefined, -DAY_MS)
      const late = await fleet.provider({}, undefined, DAY_MS)
      const gate = Promise.withResolvers<string>()
      const first = await started(early, 'key', () => gate.promise)
      const second = late.executeOutcome('key', () => 'second run')
      await sleep(fleet.leaseMs * 1.5)
      gate.resolve('done')
      await expect(first.outcome).resolves.toMatchObject({ value: 'done', leaseLost: false })
      await expect(second).resolves.toMatchObject({ value: 'done', replayed: true })
    },
  ],
]
