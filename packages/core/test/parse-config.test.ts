import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, duration, isOncekitError, parseConfig } from '@oncekit/core'
import type { ConfigIssue, Duration } from '@oncekit/core'

interface ShopConfig {
  readonly store: string | { get(key: string): string }
  readonly prefix: string
  readonly lease: Duration
  readonly ttl?: Duration
  readonly mode: 'wait' | 'reject' | 'ignore'
  readonly retry: { readonly limit: number; readonly factor?: number }
  readonly localCache: false | { readonly entries: number }
  readonly hosts: readonly string[]
  readonly password?: string
}
const isStore = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'get' in value
const schema: z.ZodType<ShopConfig> = z.strictObject({
  store: z.union([z.string(), z.custom<{ get(key: string): string }>(isStore, 'a store')]),
  prefix: z.string().min(1).max(8),
  lease: duration({ minMs: 100 }),
  ttl: duration().exactOptional(),
  mode: z.enum(['wait', 'reject', 'ignore']),
  retry: z.strictObject({ limit: z.int().min(1), factor: z.number().exactOptional() }),
  localCache: z.union([z.literal(false), z.strictObject({ entries: z.int().positive() })]),
  hosts: z.array(z.string().min(1)),
  password: z.string().exactOptional(),
})
const Shop = { name: 'shop', schema }
const good: ShopConfig = {
  store: 'memory:',
  prefix: 'shop',
  lease: '30s',
  mode: 'wait',
  retry: { limit: 3 },
  localCache: false,
  hosts: ['a'],
}

describe('parseConfig', () => {
  test('gives an equal config, frozen all through', () => {
    const input = structuredClone(good)
    const config = parseConfig(Shop, input)
    expect(config).toEqual(good)
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.retry)).toBe(true)
    expect(Object.isFrozen(config.hosts)).toBe(true)
    expectTypeOf(config).toEqualTypeOf<Readonly<ShopConfig>>()
  })

  test('leaves the input, and live objects in it, as they are', () => {
    const store = { get: (key: string) => key, size: 0 }
    const input = { ...structuredClone(good), store }
    const config = parseConfig(Shop, input)
    expect(config.store).toBe(store)
    expect(Object.isFrozen(store)).toBe(false)
    expect(Object.isFrozen(input)).toBe(false)
    expect(Object.isFrozen(input.retry)).toBe(false)
  })

  test.each<[string, object, string]>([
    ['a wrong type', { prefix: 5 }, 'prefix: got 5; expected a string'],
    ['a missing field', { prefix: undefined }, 'prefix: got nothing; expected a string'],
    ['a text too short', { prefix: '' }, 'prefix: got ""; expected at least 1 characters'],
    ['a text too long', { prefix: 'x'.repeat(9) }, 'expected at most 8 characters'],
    ['another word', { mode: 'wiat' }, 'mode: got "wiat"; expected "wait", "reject" or "ignore"'],
    ['a bad duration', { lease: 'soon' }, 'lease: got "soon"; expected whole milliseconds or'],
    ['a duration too short', { lease: 5 }, 'lease: got 5; expected whole milliseconds'],
    ['a nested field', { retry: { limit: 0 } }, 'retry.limit: got 0; expected at least 1'],
    ['a fraction', { retry: { limit: 1.5 } }, 'retry.limit: got 1.5; expected a whole number'],
    ['NaN', { retry: { limit: Number.NaN } }, 'retry.limit: got NaN; expected a number'],
    ['an element', { hosts: ['a', 7] }, 'hosts[1]: got 7; expected a string'],
    ['no list', { hosts: 'a' }, 'hosts: got "a"; expected a list'],
    ['no alternative', { store: 5 }, 'store: got 5; expected a string or a store'],
    [
      'an alternative’s field',
      { localCache: { entries: 0 } },
      'localCache.entries: got 0; expected',
    ],
    ['no object alternative', { localCache: 1 }, 'localCache: got 1; expected false or an object'],
  ])('names the field, the value and what is allowed: %s', (_name, change, text) => {
    expect(() => parseConfig(Shop, { ...good, ...change })).toThrow(ConfigError)
    expect(() => parseConfig(Shop, { ...good, ...change })).toThrow(text)
  })

  test.each([[undefined], [null], [5], ['x'], [[]]])('refuses %s as a whole', (input) => {
    expect(() => parseConfig(Shop, input)).toThrow(
      /^Invalid shop config: got .*; expected an object$/,
    )
  })

  test('names the fields that exist and the one that was probably meant', () => {
    const act = (): unknown => parseConfig(Shop, { ...good, leese: 1 })
    expect(act).toThrow(
      'Invalid shop config: leese: got 1; unknown field, did you mean "lease"?; known fields: ' +
        'store, prefix, lease, ttl, mode, retry, localCache, hosts, password',
    )
  })

  test('does so inside nested objects and alternatives too', () => {
    expect(issuesOf({ retry: { limit: 1, fctor: 2 } })).toEqual([
      {
        path: 'retry.fctor',
        value: 2,
        message: 'unknown field, did you mean "factor"?; known fields: limit, factor',
      },
    ])
    expect(issuesOf({ localCache: { entries: 1, zzz: 2 } })).toEqual([
      { path: 'localCache.zzz', value: 2, message: 'unknown field; known fields: entries' },
    ])
  })

  test('reports every issue at once', () => {
    const paths = issuesOf({ prefix: 1, lease: 'x', retry: {}, extra: 1 }).map(({ path }) => path)
    expect(paths.toSorted()).toEqual(['extra', 'lease', 'prefix', 'retry.limit'])
  })

  test('masks secrets, under a misspelt name too', () => {
    const input = { ...good, pasword: 'hunter2', password: { deep: 'hunter2' } }
    const error = errorOf(() => parseConfig(Shop, input))
    expect(error.message).not.toContain('hunter2')
    expect(JSON.stringify(error.issues)).not.toContain('hunter2')
    expect(error.message).toContain('did you mean "password"?')
  })

  test('takes the code of the component', () => {
    const error = errorOf(() => parseConfig(Shop, {}, { code: 'SHOP_INVALID_CONFIG' }))
    expect(isOncekitError(error, 'SHOP_INVALID_CONFIG')).toBe(true)
  })

  test('words every kind of refusal', () => {
    const Kinds = {
      name: 'kinds',
      schema: z.strictObject({
        step: z.number().multipleOf(5),
        below: z.number().lt(3),
        above: z.number().gt(3),
        pair: z.array(z.number()).length(2),
        url: z.url(),
        code: z.string().regex(/^x/),
        start: z.string().startsWith('redis:'),
        end: z.string().endsWith('.db'),
        middle: z.string().includes('@'),
        mail: z.email(),
        flag: z.boolean(),
        names: z.record(z.string().min(3), z.number()),
        one: z.literal('one'),
        even: z.number().refine((value) => value % 2 === 0),
        kind: z.discriminatedUnion('type', [
          z.strictObject({ type: z.literal('a') }),
          z.strictObject({ type: z.literal('b') }),
        ]),
      }),
    }
    const text = 'none'
    const input = {
      step: 3,
      below: 3,
      above: 3,
      pair: [1],
      url: text,
      code: text,
      start: text,
      end: text,
      middle: text,
      mail: text,
      flag: text,
      names: { a: 1 },
      one: text,
      even: 3,
      kind: { type: 'c' },
    }
    const { issues } = errorOf(() => parseConfig(Kinds, input))
    expect(Object.fromEntries(issues.map(({ path, message }) => [path, message]))).toEqual({
      step: 'expected a multiple of 5',
      below: 'expected less than 3',
      above: 'expected more than 3',
      pair: 'expected exactly 2 elements',
      url: 'expected a URL',
      code: 'expected text that matches /^x/',
      start: 'expected text that starts with "redis:"',
      end: 'expected text that ends with ".db"',
      middle: 'expected text that includes "@"',
      mail: 'expected a valid email',
      flag: 'expected true or false',
      'names.a': 'expected other names for its fields',
      one: 'expected "one"',
      even: 'expected another value',
      'kind.type': 'expected "a" or "b"',
    })
  })

  test('an author’s own message is kept', () => {
    const schemaWithText = z.strictObject({
      even: z.number().refine((n) => n % 2 === 0, 'be even'),
    })
    const act = (): unknown => parseConfig({ name: 'own', schema: schemaWithText }, { even: 1 })
    expect(act).toThrow('Invalid own config: even: got 1; be even')
  })
})

function errorOf(act: () => unknown): ConfigError {
  try {
    act()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('accepted')
}

function issuesOf(change: object): readonly ConfigIssue[] {
  return errorOf(() => parseConfig(Shop, { ...good, ...change })).issues
}
