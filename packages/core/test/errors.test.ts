import { inspect } from 'node:util'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { ConfigError, isOncekitError, OncekitError } from '@oncekit/core'

class LeaseLostError extends OncekitError {}

describe('OncekitError', () => {
  test('carries its code, whether a retry can help, and the cause', () => {
    const cause = new Error('socket closed')
    const error = new OncekitError('ONCE_STORE_UNAVAILABLE', 'no answer', {
      retryable: true,
      cause,
    })
    expect(error).toMatchObject({ code: 'ONCE_STORE_UNAVAILABLE', retryable: true, cause })
    expect(error.message).toBe('no answer')
  })

  test('is not retryable and has no cause unless told', () => {
    const error = new OncekitError('X_FAILED', 'no')
    expect(error.retryable).toBe(false)
    expect('cause' in error).toBe(false)
  })

  test('goes by the name of its class, in the stack too', () => {
    const error = new LeaseLostError('ONCE_LEASE_LOST', 'too late')
    expect(error.name).toBe('LeaseLostError')
    expect(error.stack).toMatch(/^LeaseLostError: too late\n/)
    expect(inspect(error)).toMatch(/^LeaseLostError: too late\n/)
    expect(Object.keys(error)).not.toContain('name')
  })

  test('may be renamed like any error', () => {
    const error = new OncekitError('X_FAILED', 'no')
    error.name = 'Renamed'
    expect(`${error}`).toBe('Renamed: no')
  })

  test('as JSON has no cause and no stack', () => {
    const error = new LeaseLostError('ONCE_LEASE_LOST', 'too late', { cause: 'secret' })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'LeaseLostError',
      code: 'ONCE_LEASE_LOST',
      message: 'too late',
      retryable: false,
    })
  })
})

describe('isOncekitError', () => {
  test('knows an error by its brand and its code', () => {
    const error: unknown = new LeaseLostError('ONCE_LEASE_LOST', 'too late')
    expect(isOncekitError(error)).toBe(true)
    expect(isOncekitError(error, 'ONCE_LEASE_LOST')).toBe(true)
    expect(isOncekitError(error, 'ONCE_MISMATCH')).toBe(false)
  })

  test('knows the errors of another copy of the package', async () => {
    const copy = '../src/errors.ts?another-copy'
    const other = (await import(copy)) as { OncekitError: typeof OncekitError }
    const error: unknown = new other.OncekitError('X_FAILED', 'no')
    expect(error).not.toBeInstanceOf(OncekitError)
    expect(isOncekitError(error, 'X_FAILED')).toBe(true)
  })

  test.each([[new Error('x')], [{ code: 'X_FAILED' }], [null], [undefined], ['X_FAILED'], [1]])(
    'does not take %s for one',
    (value) => {
      expect(isOncekitError(value)).toBe(false)
    },
  )

  test('narrows the type', () => {
    const error: unknown = new ConfigError('bad', [])
    if (isOncekitError(error)) expectTypeOf(error).toEqualTypeOf<OncekitError>()
    expectTypeOf<ConfigError>().toExtend<OncekitError>()
  })
})

describe('ConfigError', () => {
  const issueOf = (path: string, value: unknown) => {
    const error = new ConfigError('Invalid db config', [{ path, value, message: 'expected more' }])
    return { text: error.message + inspect(error, { depth: 9 }), value: error.issues[0]?.value }
  }

  test('has a line for each issue: path, value, what is allowed', () => {
    const error = new ConfigError('Invalid db config', [
      { path: 'pool.size', value: 0, message: 'expected at least 1' },
      { path: 'mode', value: undefined, message: 'expected a string' },
    ])
    expect(error.message).toBe(
      [
        'Invalid db config:',
        '  pool.size: got 0; expected at least 1',
        '  mode: got nothing; expected a string',
      ].join('\n'),
    )
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', retryable: false })
  })

  test('takes the code of a component', () => {
    const error = new ConfigError('bad', [], { code: 'ONCE_INVALID_CONFIG' })
    expect(isOncekitError(error, 'ONCE_INVALID_CONFIG')).toBe(true)
  })

  test.each([
    ['password', 'hunter2'],
    ['db.dbPassword', 'hunter2'],
    ['clientSecret', 'hunter2'],
    ['auth.token', 'hunter2'],
    ['password', 1234567],
    ['encryption.keys[0]', 'hunter2'],
    ['apiKey', { pem: 'hunter2' }],
    ['store', 'redis://user:hunter2@localhost'],
    ['store', 'redis://:hunt/er2 @local@localhost:6379/0'],
    ['store', 'postgres://db/x?user=a&password=hunter2&x=1'],
    ['stores', ['redis://a', 'redis://:hunter2@b']],
    ['db', { host: 'h', credentials: { password: 'hunter2' } }],
    ['db', { url: 'redis://:hunter2@b' }],
    ['url', new URL('redis://:hunter2@b')],
    [
      'session',
      new (class Session {
        readonly id = 'hunter2'
      })(),
    ],
  ])('never shows the secret at %s', (path, secret) => {
    expect(issueOf(path, secret).text).not.toMatch(/hunt|er2|1234567/)
  })

  test('shows what is no secret beside one', () => {
    const { value } = issueOf('db', { host: 'h', password: 'x', url: 'redis://:p@h:1' })
    expect(value).toEqual({ host: 'h', password: '[masked]', url: 'redis://[masked]@h:1' })
    expect(issueOf('maxKeyLength', 500).value).toBe(500)
  })

  test.each([
    ['user:hunter2@h:1', 'user:[masked]@h:1'],
    [':hunter2@h', ':[masked]@h'],
    ['redis:user:hunter2@h', 'redis:[masked]@h'],
    ['mail a@b.c, or see h:1 now', 'mail a@b.c, or see h:1 now'],
    ['at 12:30 in node_modules/@a/b', 'at 12:30 in node_modules/@a/b'],
  ])('masks the password of an address without a scheme: %s', (value, shown) => {
    const issue = { path: 'store', value, message: 'got it' }
    expect(new ConfigError('db', [issue]).issues[0]?.value).toBe(shown)
  })

  test('masks the credentials an author puts into a message', () => {
    const message = 'cannot use redis://:hunter2@localhost'
    const error = new ConfigError('bad', [{ path: 'store', value: 1, message }])
    expect(error.message).toBe('bad: store: got 1; cannot use redis://[masked]@localhost')
  })

  test.each([
    ['a number', Number.NaN, 'got NaN'],
    ['a bigint', 5n, 'got 5n'],
    ['a symbol', Symbol('s'), 'got Symbol(s)'],
    ['a function', function work() {}, 'got "[function work]"'],
    ['an empty text', '', 'got ""'],
    ['null', null, 'got null'],
    ['a long text', 'x'.repeat(5000), 'got "[text of 5000]"'],
    ['a long list', Array.from({ length: 99 }, () => 7), '"… 89 more"]'],
    ['a bigint inside', { a: 5n }, 'got {"a":"5"}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), 'got {"a":1}'],
  ])('describes %s', (_name, value, text) => {
    expect(issueOf('x', value).text).toContain(text)
  })

  test('survives a value that contains itself', () => {
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    expect(issueOf('x', cyclic).text).toContain('got {"self":')
  })
})
