import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { backoff, ConfigError } from '@oncekit/core'
import type { Backoff, BackoffOptions } from '@oncekit/core'

const plain: BackoffOptions = { initialMs: 100, factor: 2, maxMs: 1000, jitter: 'none' }
const options = fc.record<BackoffOptions>({
  initialMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  factor: fc.double({ min: 1, max: 100, noNaN: true }),
  maxMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
  jitter: fc.constantFrom('full', 'equal', 'none'),
})
const random = fc.double({ min: 0, max: 1, noNaN: true })
const attempt = fc.integer({ min: 1, max: 100_000 })

describe('backoff', () => {
  test('grows by the factor up to the maximum', () => {
    const delays = backoff(plain)
    expect([1, 2, 3, 4, 5, 6].map(delays)).toEqual([100, 200, 400, 800, 1000, 1000])
  })

  test('full jitter draws from 0 to the delay, equal from half of it', () => {
    const at = (jitter: 'full' | 'equal', drawn: number): number =>
      backoff({ ...plain, jitter }, () => drawn)(2)
    expect([at('full', 0), at('full', 0.5), at('full', 1)]).toEqual([0, 100, 200])
    expect([at('equal', 0), at('equal', 0.5), at('equal', 1)]).toEqual([100, 150, 200])
  })

  test('draws its chance from Math.random by default', () => {
    const delays = backoff({ ...plain, jitter: 'full' })
    const drawn = new Set(Array.from({ length: 20 }, () => delays(1)))
    expect(drawn.size).toBeGreaterThan(1)
  })

  test('no delay is negative, NaN or above the maximum, however far out', () => {
    fc.assert(
      fc.property(options, random, attempt, (some, drawn, number) => {
        const delayMs = backoff(some, () => drawn)(number)
        expect(delayMs >= 0 && delayMs <= some.maxMs).toBe(true)
      }),
    )
  })

  test('without jitter no delay is shorter than the one before', () => {
    fc.assert(
      fc.property(options, attempt, (some, number) => {
        const delays = backoff({ ...some, jitter: 'none' })
        expect(delays(number + 1)).toBeGreaterThanOrEqual(delays(number))
      }),
    )
  })

  test('jitter never makes a delay longer than without, equal never less than half', () => {
    fc.assert(
      fc.property(options, random, attempt, (some, drawn, number) => {
        const [full, equal, none] = (['full', 'equal', 'none'] as const).map((jitter) =>
          backoff({ ...some, jitter }, () => drawn)(number),
        )
        expect(full).toBeLessThanOrEqual(none ?? Number.NaN)
        expect(equal).toBeLessThanOrEqual(none ?? Number.NaN)
        expect(equal).toBeGreaterThanOrEqual((none ?? Number.NaN) / 2)
      }),
    )
  })

  test('the same chance gives the same delays', () => {
    fc.assert(
      fc.property(options, random, attempt, (some, drawn, number) => {
        const delays = backoff(some, () => drawn)
        expect(delays(number)).toBe(delays(number))
      }),
    )
  })

  test.each<[string, object]>([
    ['initialMs', { initialMs: -1 }],
    ['initialMs', { initialMs: Number.NaN }],
    ['maxMs', { maxMs: Infinity }],
    ['factor', { factor: 0.5 }],
    ['factor', { factor: Number.NaN }],
    ['jitter', { jitter: 'some' }],
  ])('refuses a bad %s: %o', (field, change) => {
    expect(() => backoff({ ...plain, ...change })).toThrow(ConfigError)
    expect(() => backoff({ ...plain, ...change })).toThrow(`Invalid backoff: ${field}: got`)
  })

  test('is a function from the attempt to its delay', () => {
    expectTypeOf(backoff).returns.toEqualTypeOf<Backoff>()
    expectTypeOf<Backoff>().toEqualTypeOf<(attempt: number) => number>()
  })
})
