import { inspect } from 'node:util'

import { ConfigError, isOncekitError, mergeConfig, fromEnv } from '@oncekit/core'
import { MemoryOnceStore, Once } from '@oncekit/once'
import type { OnceConfig } from '@oncekit/once'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const SECRET = 'hunter2-correct-horse'
const FIELDS = Object.keys(Once.defaultConfig('test'))

const field = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...FIELDS, 'heartbeat', 'storeTimeout') },
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'stroe',
    'redis',
    '',
    'ttl ',
    'retry.limit',
  ),
)
const value = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('1s', '0', '-1s', '9007199254740991d', 0, -0, 1, -1, 0.5, Number.NaN, Infinity),
  fc.constantFrom(2 ** 31, 2 ** 53, null, true, () => 'no', Symbol('x'), 'memory:', 'wait'),
)

describe('Once.create', () => {
  test('with any values in any fields makes a provider that works, or refuses by name with ONCE_INVALID_CONFIG', async () => {
    const store = new MemoryOnceStore()
    let number = 0
    await fc.assert(
      fc.asyncProperty(fc.dictionary(field, value, { maxKeys: 2 }), async (fields) => {
        const input: unknown = { ...Once.defaultConfig('test'), ...fields }
        const made = await Once.create(input as OnceConfig, { store }).catch(
          (error: unknown) => error,
        )
        if (made instanceof Error) {
          expect(made).toSatisfy((error) => isOncekitError(error, 'ONCE_INVALID_CONFIG'))
          const { issues } = made as ConfigError
          expect(issues.length).toBeGreaterThan(0)
          return
        }
        await using once = made as Once
        const key = `k${number++}`
        const end: unknown = await once.execute(key, () => 'value').catch((error: unknown) => error)
        // A validator may have been among the values, and a key of three letters may be too long.
        if (end !== 'value') expect(isOncekitError(end, 'ONCE_INVALID_KEY')).toBe(true)
      }),
      effort(120),
    )
  })

  test('with any text as the store opens nothing that it does not name, and tells no password', async () => {
    const scheme = fc.constantFrom(
      ...['mysql', 'postgres', 'http', 'redis+cluster', 'redis+sentinel', 'REDIS', 'Memory', 'mem'],
      ...['', ':', 'sqlite3', 'file', 'redis+tls', 'javascript', '//', 'redis '],
    )
    const rest = fc.oneof(
      fc.constantFrom(
        `://u:${SECRET}@h/0`,
        `://:${SECRET}@h`,
        `://${SECRET}@h`,
        `://u:${SECRET}@h:port/x?a=b`,
      ),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `://u:${SECRET}@${text}`),
      fc.webPath().map((path) => `://u:${SECRET}@host${path}`),
    )
    const malformed = fc.constantFrom(
      ...[`redis://u:${SECRET}@host:port`, `redis://u:${SECRET}@`, `rediss://u:${SECRET}@h/one`],
      ...[
        `redis://u:${SECRET}@h/0?x=1`,
        `redis://u:%${SECRET}@h`,
        `redis:u:${SECRET}@h`,
        `redis://u:${SECRET}@h h`,
      ],
    )
    const url = fc.oneof(
      fc.tuple(scheme, rest).map((parts) => parts.join('')),
      malformed,
    )
    await fc.assert(
      fc.asyncProperty(url, async (store) => {
        const error: unknown = await Once.create({ ...Once.defaultConfig('test'), store }).then(
          (once) => once.close(),
          (failure: unknown) => failure,
        )
        expect(error).toBeInstanceOf(ConfigError)
        const { message, stack, issues } = error as ConfigError
        expect(inspect([message, stack, issues, error], { depth: 10 })).not.toContain(SECRET)
      }),
      effort(60),
    )
  })

  test.each([`user:${SECRET}@host:6379`, `:${SECRET}@host`])(
    'tells no password of a store whose scheme was forgotten: %s',
    async (store) => {
      const error: unknown = await Once.create({ ...Once.defaultConfig('test'), store }).catch(
        (failure: unknown) => failure,
      )
      expect(error).toBeInstanceOf(ConfigError)
      expect(JSON.stringify(error) + String(error)).not.toContain(SECRET)
    },
  )

  test('from any environment makes a config, or a ConfigError', () => {
    const variable = fc.oneof(
      fc.constantFrom(
        'STORE',
        'TTL',
        'LEASE',
        'MAX_ENTRIES',
        'ON_DUPLICATE',
        'KEY_VALIDATOR',
        'PREFIX',
      ),
      fc.string({ maxLength: 6 }),
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('1s', '0', 'true', '1e3'),
    )
    fc.assert(
      fc.property(fc.dictionary(variable, text, { maxKeys: 3 }), (fields) => {
        const env = Object.fromEntries(
          Object.entries(fields).map(([name, given]) => [`ONCEKIT_ONCE_${name}`, given]),
        )
        try {
          mergeConfig(Once.defaultConfig('test'), fromEnv(Once, env))
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
        }
      }),
      effort(60),
    )
  })
})

test('options of any kind are taken, or refused by name, and then nothing runs', async () => {
  await using once = await Once.create(Once.defaultConfig('test'))
  const option = fc.constantFrom(
    ...['ttl', 'lease', 'onDuplicate', 'waitTimeout', 'onStoreError', 'signal', 'payload', 'other'],
  )
  let number = 0
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.dictionary(option, value, { maxKeys: 2 }), value),
      async (options) => {
        let ran = false
        const key = `options:${number++}`
        const run = (): string => {
          ran = true
          return 'value'
        }
        const end: unknown = await once
          .execute(key, run, options as never)
          .catch((error: unknown) => error)
        if (ran) expect(end).toBe('value')
        else {
          expect(end).toSatisfy(
            (error) =>
              isOncekitError(error, 'ONCE_INVALID_CONFIG') ||
              isOncekitError(error, 'ONCE_INVALID_PAYLOAD'),
          )
        }
      },
    ),
    effort(150),
  )
})
