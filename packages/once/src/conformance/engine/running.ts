import { setTimeout as sleep } from 'node:timers/promises'

import { expect } from 'vitest'

import type { Answer } from './answer.ts'
import { started } from './started.ts'
import { answer } from './answer.ts'
import { codeOf } from './code-of.ts'
import { UNHURRIED } from './fleet.ts'
import type { EnginePromise } from './fleet.ts'

export const running: readonly EnginePromise[] = [
  [
    'I1 I2 I5 runs once for a hundred callers of four processes, and gives each the same value',
    async (fleet) => {
      const providers = await fleet.providers(4)
      let runs = 0
      const callback = async (): Promise<Answer> => {
        runs++
        await sleep(30)
        return answer()
      }
      const values = await Promise.all(
        providers.flatMap((once) =>
          Array.from({ length: 25 }, () => once.execute('key', callback)),
        ),
      )
      expect(runs).toBe(1)
      expect(values).toHaveLength(100)
      for (const value of values) expect(value).toStrictEqual(answer())
    },
  ],
  [
    'I1 I5 runs each of many keys once, though every process wants each of them',
    async (fleet) => {
      const providers = await fleet.providers(3, UNHURRIED)
      const runs = new Map<string, number>()
      const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`)
      const values = await Promise.all(
        providers.flatMap((once) =>
          keys.map((key) =>
            once.execute(key, () => {
              runs.set(key, (runs.get(key) ?? 0) + 1)
              return key
            }),
          ),
        ),
      )
      expect([...runs.values()]).toEqual(keys.map(() => 1))
      expect(values).toEqual([...keys, ...keys, ...keys])
    },
  ],
  [
    'I4 gives a duplicate nothing while the first one runs, and its outcome afterwards',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const run = await started(first, 'key', () => gate.promise)
      let early = true
      const duplicate = second
        .executeOutcome('key', () => 'second run')
        .then((outcome) => {
          expect(early).toBe(false)
          return outcome
        })
      await sleep(100)
      expect(await second.check('key')).toBe(false)
      early = false
      gate.resolve('done')
      await expect(run.call).resolves.toBe('done')
      await expect(duplicate).resolves.toMatchObject({ value: 'done', replayed: true, attempt: 1 })
    },
  ],
  [
    'I5 runs again after a failure, and only then',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const failure = new Error('declined')
      await expect(first.execute('key', () => Promise.reject(failure))).rejects.toBe(failure)
      expect(await second.exists('key')).toBe(false)
      await expect(second.execute('key', () => 'done')).resolves.toBe('done')
      await expect(first.execute('key', () => 'third run')).resolves.toBe('done')
    },
  ],
  [
    'I22 tells a callback at once that it asks for its own key',
    async (fleet) => {
      const once = await fleet.provider()
      const inner = await once.execute('key', () =>
        once.execute('key', () => 'never').catch((error: unknown) => codeOf(error)),
      )
      expect(inner).toBe('ONCE_REENTRANT')
    },
  ],
]
