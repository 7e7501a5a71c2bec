import { expect } from 'vitest'

import { started } from './started.ts'
import { codeOf } from './code-of.ts'
import type { EnginePromise } from './fleet.ts'

export const payloads: readonly EnginePromise[] = [
  [
    'I10 tells another payload in every state, before anything else, and tells nothing of the first',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const run = await started(first, 'key', () => gate.promise, { payload: { card: 'SECRET' } })
      const mismatch = async (): Promise<void> => {
        const error = await second
          .execute('key', () => 'never', { payload: { card: 'other' }, onDuplicate: 'reject' })
          .catch((thrown: unknown) => thrown)
        expect(codeOf(error)).toBe('ONCE_MISMATCH')
        expect(String(error)).not.toContain('SECRET')
      }
      await mismatch()
      gate.resolve('done')
      await run.call
      await mismatch()
      await expect(
        second.execute('key', () => 'never', { payload: { card: 'SECRET' } }),
      ).resolves.toBe('done')
    },
  ],
  [
    'I11 takes key, payload and options as they were when the call was made',
    async (fleet) => {
      const once = await fleet.provider()
      const payload = { amount: 1 }
      const options = { payload, ttl: 60_000 }
      const call = once.execute('key', () => 'done', options)
      payload.amount = 2
      options.ttl = 1
      await call
      await expect(once.execute('key', () => 'never', { payload: { amount: 1 } })).resolves.toBe(
        'done',
      )
      expect((await once.get('key'))?.ttlMs).toBeGreaterThan(1_000)
    },
  ],
]
