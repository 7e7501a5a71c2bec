import { describe, expect, test } from 'vitest'

import { seedOf } from '../../src/conformance/seed.ts'

describe('the seed of a random test', () => {
  test.each([
    ['7', 7],
    ['0', 0],
    ['-2147483648', -2_147_483_648],
    ['2147483647', 2_147_483_647],
  ])('is what ONCEKIT_SEED says: %s', (text, seed) => {
    expect(seedOf({ ONCEKIT_SEED: text })).toBe(seed)
  })

  test.each([{}, { ONCEKIT_SEED: '' }])('is another one each time with %j', (env) => {
    const seeds = Array.from({ length: 20 }, () => seedOf(env))
    expect(new Set(seeds).size).toBeGreaterThan(1)
    // A failure prints it: it has to be taken back.
    for (const seed of seeds) expect(seedOf({ ONCEKIT_SEED: `${seed}` })).toBe(seed)
  })

  test.each(['1.5', 'seven', '7 ', ' ', '1e3', '0x10', 'NaN', '2147483648', '-2147483649'])(
    'cannot be %j, and the error says what it can be',
    (text) => {
      expect(() => seedOf({ ONCEKIT_SEED: text })).toThrow(
        new RangeError(
          `ONCEKIT_SEED: got "${text}"; expected a whole number from -2147483648 to 2147483647`,
        ),
      )
    },
  )
})
