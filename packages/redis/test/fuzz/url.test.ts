import { inspect } from 'node:util'
import { ConfigError, parseConfig } from '@oncekit/core'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Redis } from '../../src/index.ts'
import { parseRedisUrl } from '../../src/url.ts'

const SECRET = 'hunter2-correct-horse'

const scheme = fc.constantFrom(
  ...['redis', 'rediss', 'redis+cluster', 'redis+sentinel', 'REDIS', 'http', 'postgres', 'file'],
  ...['', 'redis:', 'redis//', 'javascript', 'data', 'redis+unix'],
)
const userInfo = fc.constantFrom(
  ...['', `:${SECRET}@`, `user:${SECRET}@`, `${SECRET}@`, `us%65r:${SECRET}@`, `%:${SECRET}@`],
  ...[`a@b:${SECRET}@`, `u:${SECRET}/x@`, `u:${SECRET}?x@`, `u:${SECRET}#x@`, `u: ${SECRET}@`],
)
const host = fc.oneof(
  fc.constantFrom(
    'localhost',
    '127.0.0.1',
    '[::1]',
    '[::1',
    '',
    'h\u00e9',
    'a b',
    '%00',
    '*',
    '0x7f.1',
  ),
  fc.domain(),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const port = fc.constantFrom(
  '',
  ':6379',
  ':0',
  ':65535',
  ':65536',
  ':-1',
  ':port',
  ':',
  ':1:2',
  ':٣',
)
const tail = fc.constantFrom(
  '',
  '/',
  '/0',
  '/15',
  '/-1',
  '/1e3',
  '/99999999999',
  '/0/1',
  '?a=b',
  '#x',
  '/0?p=1',
)

const anyUrl = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(scheme, userInfo, host, port, tail)
      .map(([a, b, c, d, e]) => `${a}://${b}${c}${d}${e}`),
  },
  fc.string({ unit: 'binary' }),
  fc.webUrl(),
)

describe('a Redis URL of any text', () => {
  test('leads somewhere, or is refused with a ConfigError; no password is ever told', () => {
    fc.assert(
      fc.property(anyUrl, (text) => {
        try {
          const target = parseRedisUrl(text)
          expect(Number.isInteger(target.port) && target.port >= 0 && target.port <= 65_535).toBe(
            true,
          )
          expect(Number.isSafeInteger(target.db) && target.db >= 0).toBe(true)
          expect(target.host).not.toBe('')
          expect(target.address).not.toContain(SECRET)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError)
          expect(told(error)).not.toContain(SECRET)
        }
      }),
      effort(600),
    )
  })
})

describe('a Redis config', () => {
  const field = fc.oneof(
    fc.constantFrom(...Object.keys(Redis.defaultConfig('test')), 'tls'),
    fc.constantFrom('tls.ca', '__proto__', 'password', 'urll', ''),
  )
  const value = fc.oneof(
    fc.anything({ withBigInt: true }),
    fc.constantFrom(
      { ca: 1 },
      { rejectUnauthorized: 'no' },
      { initial: -1 },
      'ioredis',
      '1s',
      0,
      -1,
    ),
  )

  test('with any value in any field is taken, or refused by name before anything is connected', async () => {
    await fc.assert(
      fc.asyncProperty(field, value, async (name, given) => {
        const url = `redis://user:${SECRET}@127.0.0.1:1/x`
        const input: unknown = {
          ...Redis.defaultConfig('test'),
          url,
          ...Object.fromEntries([[name, given]]),
        }
        const error: unknown = await Redis.create(input as never).then(
          (redis) => redis.close(),
          (failure: unknown) => failure,
        )
        // The address of the others cannot be one either.
        expect(error).toBeInstanceOf(ConfigError)
        expect(told(error)).not.toContain(SECRET)
      }),
      effort(50),
    )
  })

  test('may be anything at all, and is refused then', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        expect(() => parseConfig(Redis, input)).toThrow(ConfigError)
      }),
      effort(50),
    )
  })
})

/** Everything an error tells by itself. */
function told(error: unknown): string {
  const { message, stack, issues } = error as ConfigError
  return inspect([message, stack, issues, String(error), error], { depth: 10 })
}
