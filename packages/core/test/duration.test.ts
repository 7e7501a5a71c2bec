import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, duration, formatDuration, parseDuration } from '@oncekit/core'
import type { Duration } from '@oncekit/core'

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const longest = Number.MAX_SAFE_INTEGER

describe('parseDuration', () => {
  test.each([
    [0, 0],
    [1500, 1500],
    [-0, 0],
    ['0s', 0],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['1.001s', 1001],
    ['4.35m', 261_000],
    ['0.5d', 43_200_000],
    ['24h', 86_400_000],
    [`${longest}ms`, longest],
    [longest, longest],
  ])('%s is %d ms', (value, ms) => {
    expect(parseDuration(value, 'lease')).toBe(ms)
  })

  test.each([
    ['a negative number', -1],
    ['NaN', Number.NaN],
    ['infinity', Infinity],
    ['a fraction of a millisecond', 0.5],
    ['more than the largest exact integer', longest + 1],
    ['text of a fraction of a millisecond', '0.0005s'],
    ['text beyond the largest exact integer', `${longest + 1}ms`],
    ['huge text', `${'9'.repeat(100_000)}d`],
    ['text without a unit', '30'],
    ['an unknown unit', '3w'],
    ['a negative text', '-5s'],
    ['an exponent', '1e3s'],
    ['no digits', 's'],
    ['a bare point', '.5s'],
    ['a space', '5 s'],
    ['a line break at the end', '5s\n'],
    ['the name of an inherited property', '5constructor'],
    ['empty text', ''],
    ['nothing', undefined],
    ['null', null],
    ['a bigint', 5n],
    ['an object', {}],
    ['an object that pretends to be a number', { valueOf: () => 5 }],
  ])('refuses %s, naming the field and what is allowed', (_name, value) => {
    expect(() => parseDuration(value, 'retry.interval')).toThrow(ConfigError)
    expect(() => parseDuration(value, 'retry.interval')).toThrow(
      /retry\.interval: got .*expected whole milliseconds or text such as "250ms"/s,
    )
  })

  test('keeps limits, both ends allowed, and tells them', () => {
    const limits = { minMs: 100, maxMs: 60_000 }
    expect(parseDuration('100ms', 'lease', limits)).toBe(100)
    expect(parseDuration('1m', 'lease', limits)).toBe(60_000)
    expect(() => parseDuration(99, 'lease', limits)).toThrow(/got 99; .*from 100ms to 1m/)
    expect(() => parseDuration('61s', 'lease', limits)).toThrow(/got "61s"; .*from 100ms to 1m/)
    expect(() => parseDuration(1, 'lease', { minMs: 2 })).toThrow(/at least 2ms/)
    expect(() => parseDuration(2, 'lease', { maxMs: 1 })).toThrow(/at most 1ms/)
  })

  test('throws the error its caller makes', () => {
    const error = (issue: { path: string }): Error => new TypeError(`bad ${issue.path}`)
    expect(() => parseDuration('x', 'ttl', { error })).toThrow(new TypeError('bad ttl'))
  })

  test('a whole number of any unit is that many units', () => {
    const unit = fc.constantFrom('ms', 's', 'm', 'h', 'd')
    const amount = fc.nat({ max: 100_000_000 })
    fc.assert(
      fc.property(amount, unit, (count, name) => {
        expect(parseDuration(`${count}${name}`, 'x')).toBe(count * units[name])
      }),
    )
  })

  test('milliseconds written as seconds with decimals come back exactly', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), (ms) => {
        const text = `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}s`
        expect(parseDuration(text, 'x')).toBe(ms)
      }),
    )
  })

  test('whatever it is given, it gives whole milliseconds or a ConfigError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), fc.double()), (value) => {
        try {
          const ms = parseDuration(value, 'x')
          expect(Number.isSafeInteger(ms) && ms >= 0).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
        }
      }),
    )
  })
})

describe('formatDuration', () => {
  test.each([
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1s'],
    [90_000, '90s'],
    [120_000, '2m'],
    [86_400_000, '1d'],
    [12.5, '12.5ms'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('parseDuration reads back every whole number of milliseconds', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ms) => {
        expect(parseDuration(formatDuration(ms), 'x')).toBe(ms)
      }),
    )
  })
})

describe('duration', () => {
  interface LeaseConfig {
    readonly lease: Duration
    readonly ttl?: Duration
  }
  const schema: z.ZodType<LeaseConfig> = z.strictObject({
    lease: duration({ minMs: 100 }),
    ttl: duration().exactOptional(),
  })

  test('keeps the value as it was given', () => {
    expect(schema.parse({ lease: '30s' })).toEqual({ lease: '30s' })
    expect(schema.parse({ lease: 500, ttl: '1d' })).toEqual({ lease: 500, ttl: '1d' })
  })

  test('refuses what parseDuration refuses', () => {
    expect(schema.safeParse({ lease: '99ms' }).success).toBe(false)
    expect(schema.safeParse({ lease: 'soon' }).success).toBe(false)
    expect(schema.safeParse({ lease: '1s', ttl: -1 }).success).toBe(false)
  })

  test('tells JSON Schema that it is a number or a text', () => {
    expect(z.toJSONSchema(duration())).toMatchObject({
      anyOf: [{ type: 'number' }, { type: 'string' }],
    })
  })
})

test('Duration takes numbers and texts with a unit, and no others', () => {
  expectTypeOf<'30s'>().toExtend<Duration>()
  expectTypeOf<5>().toExtend<Duration>()
  expectTypeOf<'30'>().not.toExtend<Duration>()
  expectTypeOf<'30w'>().not.toExtend<Duration>()
  expectTypeOf(formatDuration(1)).toExtend<Duration>()
  expectTypeOf(parseDuration).returns.toBeNumber()
})
