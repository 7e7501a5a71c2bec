import { setTimeout as sleep } from 'node:timers/promises'

import { expect } from 'vitest'

import { started } from './started.ts'
import type { EnginePromise } from './fleet.ts'

export const waiting: readonly EnginePromise[] = [
  [
    'I20 wakes a waiter of another process soon after the commit, and leaves no listener',
    async (fleet) => {
      const [owner, waiter] = await fleet.pair({ waitTimeout: '30s' })
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      const second = waiter.executeOutcome('key', () => 'second run')
      await sleep(200)
      gate.resolve('done')
      await first.call
      const committedAtMs = performance.now()
      await expect(second).resolves.toMatchObject({ value: 'done', replayed: true })
      // The polling floor: sooner with a message, which may be lost.
      expect(performance.now() - committedAtMs).toBeLessThan(1_500)
    },
  ],
  [
    'I20 ends a wait with waitTimeout, and lets the owner go on',
    async (fleet) => {
      const [owner, waiter] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      await expect(waiter.execute('key', () => 'never', { waitTimeout: 50 })).rejects.toMatchObject(
        {
          code: 'ONCE_WAIT_TIMEOUT',
        },
      )
      gate.resolve('done')
      await expect(first.call).resolves.toBe('done')
    },
  ],
  [
    'I20 lets a waiter leave by its signal',
    async (fleet) => {
      const [owner, waiter] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      const leaving = new AbortController()
      const reason = new Error('gone')
      const second = waiter.execute('key', () => 'never', { signal: leaving.signal })
      setTimeout(() => leaving.abort(reason), 50)
      await expect(second).rejects.toBe(reason)
      gate.resolve('done')
      await expect(first.call).resolves.toBe('done')
    },
  ],
  [
    'I21 keeps the claim of a run that every caller has left, until it settles',
    async (fleet) => {
      const [owner, other] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const leaving = new AbortController()
      const first = await started(owner, 'key', () => gate.promise, { signal: leaving.signal })
      leaving.abort()
      await expect(first.call).rejects.toMatchObject({ name: 'AbortError' })
      await sleep(fleet.leaseMs * 1.5)
      await expect(
        other.execute('key', () => 'never', { onDuplicate: 'reject' }),
      ).rejects.toMatchObject({
        code: 'ONCE_IN_PROGRESS',
      })
      gate.reject(new Error('stopped'))
      await expect(other.execute('key', () => 'other')).resolves.toBe('other')
    },
  ],
  [
    'runs the callback of a waiter when the owner elsewhere fails',
    async (fleet) => {
      const [owner, waiter] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      const second = waiter.executeOutcome('key', () => 'its own')
      await sleep(50)
      gate.reject(new Error('declined'))
      await expect(first.call).rejects.toThrow('declined')
      await expect(second).resolves.toMatchObject({ value: 'its own', replayed: false })
    },
  ],
  [
    'tells who runs the key to a caller that would rather not wait',
    async (fleet) => {
      const [owner, other] = await fleet.pair({ serviceName: 'payments' })
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      const error = await other
        .execute('key', () => 'never', { onDuplicate: 'reject' })
        .catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'ONCE_IN_PROGRESS',
        holder: { service: 'payments', pid: process.pid },
      })
      const { retryAfterMs } = error as { retryAfterMs: number }
      expect(retryAfterMs).toBeGreaterThan(0)
      expect(retryAfterMs).toBeLessThanOrEqual(fleet.leaseMs + 20)
      gate.resolve('done')
      await first.call
    },
  ],
]
