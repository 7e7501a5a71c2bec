import { setTimeout as sleep } from 'node:timers/promises'

import { expect } from 'vitest'

import type { EnginePromise } from './fleet.ts'

export const values: readonly EnginePromise[] = [
  [
    'I12 I14 gives the same value, of the same types, to the first caller and to every other',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      for (const [index, value] of VALUES.entries()) {
        const key = `value ${index}`
        expect(await first.execute(key, () => value)).toStrictEqual(value)
        expect(await second.execute<unknown>(key, () => 'second run')).toStrictEqual(value)
      }
    },
  ],
  [
    'I12 never runs again what gave a value that cannot be kept',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      const made = (): string => 'a function'
      expect(await first.execute('key', () => made)).toBe(made)
      await expect(second.execute('key', () => 'second run')).rejects.toMatchObject({
        code: 'ONCE_RESULT_UNAVAILABLE',
      })
      expect(await second.get('key')).toMatchObject({
        state: 'succeeded',
        resultUnavailable: expect.any(String),
      })
    },
  ],
  [
    'I13 never runs again what gave a value over maxResultBytes, and keeps one just below',
    async (fleet) => {
      const [first, second] = await fleet.pair({ maxResultBytes: 200_000 })
      const large = 'x'.repeat(199_998)
      expect(await first.execute('large', () => large)).toBe(large)
      expect(await second.execute('large', () => 'second run')).toBe(large)
      expect(await first.execute('too large', () => `${large}x`)).toHaveLength(199_999)
      await expect(second.execute('too large', () => 'second run')).rejects.toMatchObject({
        code: 'ONCE_RESULT_UNAVAILABLE',
      })
    },
  ],
  [
    'I15 keeps an outcome for the ttl of the caller that ran it, from completion',
    async (fleet) => {
      const [first, second] = await fleet.pair()
      await first.execute('key', () => sleep(200).then(() => 'done'), { ttl: 1_000 })
      await second.execute('key', () => 'never', { ttl: '1h' })
      const left = (await second.get('key'))?.ttlMs
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(1_000)
      while (await second.exists('key')) await sleep(20)
      await expect(second.execute('key', () => 'new')).resolves.toBe('new')
    },
  ],
]

const VALUES: readonly unknown[] = [
  undefined,
  null,
  '',
  '1',
  0,
  -0,
  Number.NaN,
  false,
  2n ** 70n,
  new Date(1_234),
  new Map([['tags', new Set(['a'])]]),
  Buffer.from([0, 255, 128]),
  new URL('https://example.com/a?b#c'),
  { text: '€ 🔑 \u0000 \\ "', none: undefined, list: [undefined, null] },
  'x'.repeat(100_000),
]
