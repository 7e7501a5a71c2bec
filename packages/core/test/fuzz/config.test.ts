import { inspect } from 'node:util'
import {
  ConfigError,
  duration,
  fromEnv,
  isOncekitError,
  mergeConfig,
  parseConfig,
  parseDuration,
} from '@oncekit/core'
import type { Duration } from '@oncekit/core'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

interface Shop {
  readonly store: string
  readonly timeout: Duration
  readonly entries: number
  readonly strict: boolean
  readonly mode: 'wait' | 'reject' | ((key: string) => boolean)
  readonly retry?: { readonly limit: number; readonly pause?: Duration }
  readonly hosts?: readonly string[]
  readonly password?: string
}

const schema: z.ZodType<Shop> = z.strictObject({
  store: z.string(),
  timeout: duration({ minMs: 1 }),
  entries: z.int().min(1),
  strict: z.boolean(),
  mode: z.union([
    z.enum(['wait', 'reject']),
    z.custom<(key: string) => boolean>((value) => typeof value === 'function'),
  ]),
  retry: z.strictObject({ limit: z.int(), pause: duration().exactOptional() }).exactOptional(),
  hosts: z.array(z.string()).exactOptional(),
  password: z.string().exactOptional(),
})
const Shop = { name: 'shop', schema }

const good: Shop = { store: 'memory:', timeout: '1s', entries: 1, strict: true, mode: 'wait' }

const fieldName = fc.oneof(
  fc.constantFrom('store', 'timeout', 'entries', 'strict', 'mode', 'retry', 'hosts', 'password'),
  fc.constantFrom('retry.limit', '__proto__', 'constructor', 'toString', 'toJSON', 'stroe', ''),
  fc.string({ maxLength: 8 }),
)

const anyValue = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '1s',
    '-1s',
    'true',
    '1e400',
    '[',
    '{}',
    'x'.repeat(5_000),
    Symbol('s'),
    Number.NaN,
  ),
)

describe('a config', () => {
  test('with any value in any field is taken whole, or refused with a ConfigError that says where', () => {
    fc.assert(
      fc.property(fieldName, anyValue, (name, value) => {
        const input = { ...good, ...Object.fromEntries([[name, value]]) }
        const error = failureOf(() => parseConfig(Shop, input))
        if (error === undefined) return
        expect(error).toBeInstanceOf(ConfigError)
        expect((error as ConfigError).issues.length).toBeGreaterThan(0)
        if (name !== '') expect((error as ConfigError).message).toContain(name.slice(0, 8))
      }),
      effort(200),
    )
  })

  test('that is anything at all is taken, or refused with a ConfigError', () => {
    fc.assert(
      fc.property(anyValue, (input) => {
        const error = failureOf(() => parseConfig(Shop, input))
        expect(error).toBeInstanceOf(ConfigError)
        expect(isOncekitError(error, 'CONFIG_INVALID')).toBe(true)
      }),
      effort(100),
    )
  })

  test('that is refused never shows a secret, wherever that stands', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('password', 'pasword', 'token', 'apiKey', 'clientSecret'),
        fc.oneof(fc.constant(SECRET), fc.constant([SECRET]), fc.constant({ deep: { er: SECRET } })),
        (name, value) => {
          const error = failureOf(() =>
            parseConfig(Shop, { ...good, [name]: value, entries: 'none' }),
          )
          expect(told(error)).not.toContain(SECRET)
        },
      ),
      effort(60),
    )
  })

  test('merged with anything from JSON pollutes nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fieldName, (value, name) => {
        const patch: object = Object.fromEntries([[name, value]])
        const merged = mergeConfig(good, patch)
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
        expect(Object.keys({})).toEqual([])
        failureOf(() => parseConfig(Shop, merged))
      }),
      effort(100),
    )
  })
})

describe('the environment', () => {
  test('with any text in any variable gives a patch, or a ConfigError that names the variable', () => {
    const variable = fc.oneof(
      fc.constantFrom('STORE', 'TIMEOUT', 'ENTRIES', 'STRICT', 'MODE', 'RETRY', 'RETRY_LIMIT'),
      fc.constantFrom('RETRY__PAUSE', 'HOSTS', 'PASSWORD', 'PASWORD', 'STROE', '__PROTO__', ''),
      fc.string({ maxLength: 8 }),
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('true', '1', '-1', '1e999', '{"__proto__":{"a":1}}', '[[[[', '9'.repeat(999)),
    )
    fc.assert(
      fc.property(fc.dictionary(variable, text, { maxKeys: 3 }), (fields) => {
        const env = Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [`ONCEKIT_SHOP_${name}`, value]),
        )
        try {
          const error = failureOf(() => parseConfig(Shop, mergeConfig(good, fromEnv(Shop, env))))
          expect(error === undefined || error instanceof ConfigError).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
        }
        const error = failureOf(() => fromEnv(Shop, env))
        if (error === undefined) return
        expect(error).toBeInstanceOf(ConfigError)
        const named = Object.keys(env).filter((name) =>
          (error as ConfigError).message.includes(name),
        )
        expect(named.length).toBeGreaterThan(0)
      }),
      effort(120),
    )
  })
})

describe('a duration', () => {
  test('of any text or value is whole milliseconds, the same for the schema, or refused by name', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...characters('0123456789.smhdMS+-e '), 'ms', '\n', '٣') }),
      fc
        .tuple(fc.double(), fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w', ''))
        .map((parts) => parts.join('')),
      anyValue,
    )
    const field = duration()
    fc.assert(
      fc.property(text, (value) => {
        let ms: number | undefined
        const error = failureOf(() => {
          ms = parseDuration(value, 'lease')
        })
        expect(field.safeParse(value).success).toBe(error === undefined)
        if (error === undefined) expect(Number.isSafeInteger(ms) && Number(ms) >= 0).toBe(true)
        else {
          expect(error).toBeInstanceOf(ConfigError)
          expect((error as ConfigError).message).toContain('lease')
        }
      }),
      effort(500),
    )
  })
})

const SECRET = 'hunter2-correct-horse'

function characters(text: string): string[] {
  return text.split('')
}

/** Everything an error tells by itself. */
function told(error: unknown): string {
  const { message, stack, issues } = error as ConfigError
  return inspect([message, stack, issues, String(error), error], { depth: 10 })
}

function failureOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
