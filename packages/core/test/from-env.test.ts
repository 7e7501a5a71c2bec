import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, duration, fromEnv, mergeConfig } from '@oncekit/core'
import type { ConfigPatch, Duration } from '@oncekit/core'

interface OnceLikeConfig {
  readonly store: string | { close(): void }
  readonly prefix: string
  readonly storeTimeout: Duration
  readonly maxEntries: number
  readonly strict: boolean
  readonly note: string | null
  readonly version: string | number
  readonly retry: {
    readonly limit?: number
    readonly interval: Duration
    readonly jitter: { readonly on: boolean }
  }
  readonly localCache: false | { readonly entries: number }
  readonly hosts: readonly string[]
  readonly keyValidator: 'loose' | 'strict' | ((key: string) => boolean)
  readonly maxHTTPBodyBytes: number
  readonly labels: Readonly<Record<string, number>>
}
const isFunction = (value: unknown): boolean => typeof value === 'function'
const schema: z.ZodType<OnceLikeConfig> = z.strictObject({
  store: z.union([z.string(), z.custom<{ close(): void }>()]),
  prefix: z.string(),
  storeTimeout: duration(),
  maxEntries: z.int().min(1),
  strict: z.boolean(),
  note: z.string().nullable(),
  version: z.union([z.string(), z.number()]),
  retry: z.strictObject({
    limit: z.int().exactOptional(),
    interval: duration(),
    jitter: z.strictObject({ on: z.boolean() }),
  }),
  localCache: z.union([z.literal(false), z.strictObject({ entries: z.int() })]),
  hosts: z.array(z.string()),
  keyValidator: z.union([
    z.enum(['loose', 'strict']),
    z.custom<(key: string) => boolean>(isFunction),
  ]),
  maxHTTPBodyBytes: z.number(),
  labels: z.record(z.string(), z.number()),
})
const OnceLike = { name: 'once', schema }
const read = (env: Record<string, string | undefined>): unknown => fromEnv(OnceLike, env)

describe('fromEnv', () => {
  test.each<[string, string, unknown]>([
    ['STORE', 'redis://localhost', { store: 'redis://localhost' }],
    ['STORE_TIMEOUT', '2s', { storeTimeout: '2s' }],
    ['STORE_TIMEOUT', '2000', { storeTimeout: 2000 }],
    ['MAX_ENTRIES', '1e3', { maxEntries: 1000 }],
    ['STRICT', 'true', { strict: true }],
    ['STRICT', 'false', { strict: false }],
    ['PREFIX', '42', { prefix: '42' }],
    ['PREFIX', 'true', { prefix: 'true' }],
    ['NOTE', 'null', { note: null }],
    ['VERSION', '7', { version: 7 }],
    ['VERSION', '007', { version: '007' }],
    ['RETRY_LIMIT', '5', { retry: { limit: 5 } }],
    ['RETRY__LIMIT', '5', { retry: { limit: 5 } }],
    ['RETRY_JITTER_ON', 'true', { retry: { jitter: { on: true } } }],
    ['RETRY__JITTER__ON', 'true', { retry: { jitter: { on: true } } }],
    ['RETRY', '{"limit":5}', { retry: { limit: 5 } }],
    ['LOCAL_CACHE', 'false', { localCache: false }],
    ['LOCAL_CACHE_ENTRIES', '9', { localCache: { entries: 9 } }],
    ['HOSTS', '["a","b"]', { hosts: ['a', 'b'] }],
    ['KEY_VALIDATOR', 'strict', { keyValidator: 'strict' }],
    ['MAX_HTTP_BODY_BYTES', '10', { maxHTTPBodyBytes: 10 }],
    ['LABELS', '{"a":1}', { labels: { a: 1 } }],
  ])('ONCEKIT_ONCE_%s=%s', (name, text, config) => {
    expect(read({ [`ONCEKIT_ONCE_${name}`]: text })).toEqual(config)
  })

  test('ignores what is unset, empty or of another name', () => {
    const env = {
      ONCEKIT_ONCE_PREFIX: '',
      ONCEKIT_ONCE_STORE: undefined,
      ONCEKIT_CACHE_PREFIX: 'x',
      ONCEKIT_ONCEX: 'x',
      PATH: '/bin',
    }
    expect(read(env)).toEqual({})
  })

  test('reads process.env unless told otherwise', () => {
    process.env['ONCEKIT_ENV_PROBE_WORD'] = 'here'
    const Probe = { name: 'env-probe', schema: z.strictObject({ word: z.string() }) }
    expect(fromEnv(Probe)).toEqual({ word: 'here' })
    delete process.env['ONCEKIT_ENV_PROBE_WORD']
  })

  test('a field of a nested object refines the JSON of the object', () => {
    const env = { ONCEKIT_ONCE_RETRY_LIMIT: '9', ONCEKIT_ONCE_RETRY: '{"limit":5,"interval":1}' }
    expect(read(env)).toEqual({ retry: { limit: 9, interval: 1 } })
  })

  test.each([
    ['MAX_ENTRIES', 'ten', 'expected a number'],
    ['MAX_ENTRIES', '0x10', 'expected a number'],
    ['MAX_ENTRIES', ' 5', 'expected a number'],
    ['STRICT', 'yes', 'expected true or false'],
    ['HOSTS', 'a,b', 'expected a list in JSON'],
    ['HOSTS', '["a"', 'expected a list in JSON'],
    ['RETRY', '3', 'expected an object in JSON'],
  ])('refuses ONCEKIT_ONCE_%s=%s', (name, text, expected) => {
    const variable = `ONCEKIT_ONCE_${name}`
    expect(() => read({ [variable]: text })).toThrow(ConfigError)
    expect(() => read({ [variable]: text })).toThrow(
      `Invalid environment of once: ${variable}: got ${JSON.stringify(text)}; ${expected}`,
    )
  })

  test('refuses an unknown variable and names the nearest', () => {
    expect(() => read({ ONCEKIT_ONCE_STORE_TIMOUT: '1s' })).toThrow(
      'ONCEKIT_ONCE_STORE_TIMOUT: got "1s"; unknown variable, did you mean ONCEKIT_ONCE_STORE_TIMEOUT?',
    )
    expect(() => read({ ONCEKIT_ONCE_X: '1' })).toThrow(ConfigError)
  })

  test('masks the value of a misspelt secret', () => {
    const Db = { name: 'db', schema: z.strictObject({ password: z.string() }) }
    const act = (): unknown => fromEnv(Db, { ONCEKIT_DB_PASWORD: 'hunter2' })
    expect(act).toThrow('ONCEKIT_DB_PASWORD: got "[masked]"; unknown variable, did you mean')
  })

  test('refuses one field set under both of its names', () => {
    const env = { ONCEKIT_ONCE_RETRY_LIMIT: '1', ONCEKIT_ONCE_RETRY__LIMIT: '2' }
    expect(() => read(env)).toThrow('another variable sets retry.limit already')
  })

  test('a flat field keeps a name that a nested one spells too', () => {
    const Clash = {
      name: 'clash',
      schema: z.strictObject({
        retry: z.strictObject({ limit: z.number() }),
        retryLimit: z.number(),
      }),
    }
    const env = { ONCEKIT_CLASH_RETRY_LIMIT: '1', ONCEKIT_CLASH_RETRY__LIMIT: '2' }
    expect(fromEnv(Clash, env)).toEqual({ retryLimit: 1, retry: { limit: 2 } })
  })

  test('reads a schema that contains itself', () => {
    interface Tree {
      readonly size: number
      readonly child?: Tree
    }
    const tree: z.ZodType<Tree> = z.strictObject({
      size: z.number(),
      child: z.lazy(() => tree).exactOptional(),
    })
    const env = { ONCEKIT_TREE_SIZE: '1', ONCEKIT_TREE_CHILD: '{"size":2}' }
    expect(fromEnv({ name: 'tree', schema: tree }, env)).toEqual({ size: 1, child: { size: 2 } })
  })

  test('a component of two words has both in its prefix', () => {
    const Retry = { name: 'redis-retry', schema: z.strictObject({ topic: z.string() }) }
    expect(fromEnv(Retry, { ONCEKIT_REDIS_RETRY_TOPIC: 't' })).toEqual({ topic: 't' })
  })

  test('gives a patch: every field may be missing, live objects stay whole', () => {
    expectTypeOf(fromEnv(OnceLike)).toEqualTypeOf<ConfigPatch<OnceLikeConfig>>()
    type Patch = ConfigPatch<OnceLikeConfig>
    expectTypeOf<{ retry: { limit: 1 } }>().toExtend<Patch>()
    expectTypeOf<{ retry: { limit: 'x' } }>().not.toExtend<Patch>()
    expectTypeOf<Patch['store']>().toEqualTypeOf<OnceLikeConfig['store'] | undefined>()
    expectTypeOf<Patch['hosts']>().toEqualTypeOf<readonly string[] | undefined>()
  })
})

describe('mergeConfig', () => {
  const base = { ttl: '24h', retry: { limit: 3, jitter: { on: true } }, hosts: ['a', 'b'] }

  test('lays nested fields over the defaults and replaces lists', () => {
    expect(mergeConfig(base, { retry: { limit: 5 }, hosts: ['c'] })).toEqual({
      ttl: '24h',
      retry: { limit: 5, jitter: { on: true } },
      hosts: ['c'],
    })
  })

  test('changes neither argument', () => {
    const patch = { retry: { jitter: { on: false } } }
    const before = structuredClone({ base, patch })
    mergeConfig(base, patch)
    expect({ base, patch }).toEqual(before)
  })

  test('takes undefined for silence', () => {
    const patch: object = { a: undefined }
    expect(mergeConfig({ a: 1 }, {})).toEqual({ a: 1 })
    expect(mergeConfig({ a: 1 }, patch)).toEqual({ a: 1 })
  })

  test('hands live objects on as they are', () => {
    class Store {
      readonly name = 'store'
    }
    const store = new Store()
    expect(mergeConfig<{ store: object }>({ store: {} }, { store }).store).toBe(store)
  })

  test('a field called __proto__ stays a field', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true}}') as object
    const merged = mergeConfig({ a: 1 }, patch)
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
