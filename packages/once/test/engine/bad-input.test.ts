import { isOncekitError } from '@oncekit/core'
import { MemoryOnceStore, Once } from '@oncekit/once'
import type { OnceConfig } from '@oncekit/once'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { failureOf } from './support/ending.ts'
import { Rig } from './support/rig.ts'

/** What a caller without types may pass: each of these stands where something else belongs. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the place it stands in says which type it is not
function untyped<T>(value: unknown): T {
  return value as T
}

const badKeys: readonly (readonly [name: string, key: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a number', 42],
  ['an object', { toString: () => 'key' }],
  ['a string object', Object('key')],
  ['a symbol', Symbol('key')],
  ['an array', ['key']],
  ['an empty string', ''],
  ['256 characters', 'x'.repeat(256)],
  ['128 emoji', '🔑'.repeat(128)],
  ['a lone surrogate', 'a\ud800'],
  ['the halves of a pair in the wrong order', '\udc00\ud800'],
]

describe.for(badKeys)('%s as a key', ([, bad]) => {
  const key = untyped<string>(bad)
  test.for<[string, (once: Once) => Promise<unknown>]>([
    ['execute', (once) => once.execute(key, () => 1)],
    ['executeOutcome', (once) => once.executeOutcome(key, () => 1)],
    ['do', (once) => once.do(key, () => 1)],
    ['executeSimple', (once) => once.executeSimple(key, () => 1)],
    ['wrap', (once) => once.wrap(() => 1, { key: () => key })()],
    ['get', (once) => once.get(key)],
    ['check', (once) => once.check(key)],
    ['exists', (once) => once.exists(key)],
    ['clear', (once) => once.clear(key)],
    ['delete', (once) => once.delete(key, { force: true })],
  ])(
    'is refused by %s with ONCE_INVALID_KEY, and nothing is asked of the store',
    async ([, call]) => {
      await using rig = new Rig()
      const { once, faults } = await rig.process()
      expect(await failureOf(call(once))).toMatchObject({
        code: 'ONCE_INVALID_KEY',
        retryable: false,
      })
      expect(faults.asked.size).toBe(0)
    },
  )
})

const badOptions: readonly (readonly [
  name: string,
  options: Record<string, unknown>,
  field: string,
])[] = [
  ...(['ttl', 'lease', 'waitTimeout'] as const).flatMap((field) =>
    [
      -1,
      Number.NaN,
      Infinity,
      0.5,
      '',
      '5',
      'soon',
      '5 s',
      '-5s',
      '1e3s!',
      null,
      {},
      [],
      true,
      5n,
      Symbol('5s'),
    ].map((value) => [`${field} ${describeValue(value)}`, { [field]: value }, field] as const),
  ),
  ['ttl 0', { ttl: 0 }, 'ttl'],
  ['a lease of less than 100 ms', { lease: 99 }, 'lease'],
  ['a lease of three storeTimeouts', { lease: 1_500 }, 'lease'],
  ['onDuplicate "queue"', { onDuplicate: 'queue' }, 'onDuplicate'],
  ['onDuplicate null', { onDuplicate: null }, 'onDuplicate'],
  ['onStoreError true', { onStoreError: true }, 'onStoreError'],
  ['a signal that is none', { signal: { aborted: false } }, 'signal'],
  ['a controller as the signal', { signal: new AbortController() }, 'signal'],
  ['null as the signal', { signal: null }, 'signal'],
]

test.for(badOptions)(
  '%s is refused, by name, before anything happens',
  async ([, options, field]) => {
    await using rig = new Rig()
    const service = await rig.process()
    const { once, faults } = service
    let ran = false
    const error = await failureOf(
      once.execute(
        'key',
        () => {
          ran = true
        },
        untyped(options),
      ),
    )
    expect(error).toMatchObject({ code: 'ONCE_INVALID_CONFIG', key: 'key' })
    expect((error as Error).message).toContain(field)
    expect(ran).toBe(false)
    expect(faults.asked.size).toBe(0)
    expect(await service.ended('rejected')).toBe(1)
  },
)

test.for(named(undefined, null, 'callback', 42, {}, [() => 1]))(
  '%s as the callback is refused',
  async ([, callback]) => {
    await using rig = new Rig()
    const { once, faults } = await rig.process()
    for (const call of [
      () => once.execute('key', untyped(callback)),
      () => once.executeOutcome('key', untyped(callback)),
      () => once.do('key', untyped(callback)),
      () => once.executeSimple('key', untyped(callback)),
      async () => once.wrap(untyped(callback), { key: () => 'key' })(),
    ]) {
      expect(await failureOf(call())).toMatchObject({ code: 'ONCE_INVALID_CONFIG' })
    }
    expect(faults.asked.size).toBe(0)
  },
)

test.for(named(null, 'ttl', 42, true))(
  '%s in place of the options is refused',
  async ([, options]) => {
    await using rig = new Rig()
    const { once } = await rig.process()
    for (const call of [
      () => once.execute('key', () => 1, untyped(options)),
      () => once.do('key', () => 1, untyped(options)),
      () => once.clear('key', untyped(options)),
      () => once.clearByPrefix('k', untyped(options)),
      () => once.list(untyped(options)).next(),
      async () => once.wrap(() => 1, untyped(options))(),
    ]) {
      expect(isOncekitError(await failureOf(call()))).toBe(true)
    }
  },
)

test.for(named(undefined, null, 42, {}, '\ud800'))(
  'the prefix %s is refused by clearByPrefix and list, and clears nothing',
  async ([, prefix]) => {
    await using rig = new Rig()
    const { once } = await rig.process()
    const keys = ['undefined', 'null', '42', '[object Object]', '\ufffd']
    for (const key of keys) await once.do(key, () => undefined)
    expect(isOncekitError(await failureOf(once.clearByPrefix(untyped(prefix))))).toBe(true)
    if (prefix !== undefined) {
      expect(isOncekitError(await failureOf(once.list({ prefix: untyped(prefix) }).next()))).toBe(
        true,
      )
    }
    for (const key of keys) expect(await once.check(key)).toBe(true)
  },
)

test('a signal that is none is refused by clearByPrefix and list', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const signal = untyped<AbortSignal>({ aborted: true })
  expect(isOncekitError(await failureOf(once.clearByPrefix('', { signal })))).toBe(true)
  expect(isOncekitError(await failureOf(once.list({ signal }).next()))).toBe(true)
})

test('a state that there is none of is refused by list', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  for (const states of [['done'], 'succeeded', [null]]) {
    expect(isOncekitError(await failureOf(once.list({ states: untyped(states) }).next()))).toBe(
      true,
    )
  }
})

test('an aborted signal ends clearByPrefix and list with its reason', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  await once.do('key', () => undefined)
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  expect(await failureOf(once.clearByPrefix('', { signal }))).toBe(reason)
  expect(await failureOf(once.list({ signal }).next())).toBe(reason)
  expect(await once.check('key')).toBe(true)
})

const unencodable: readonly (readonly [name: string, payload: unknown])[] = [
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['a promise', { rows: [Promise.resolve(1)] }],
  [
    'a getter that throws',
    {
      get total(): number {
        throw new Error('no')
      },
    },
  ],
]

test.for(unencodable)(
  '%s in the payload is ONCE_INVALID_PAYLOAD, and nothing is claimed',
  async ([, payload]) => {
    await using rig = new Rig()
    const { once, faults } = await rig.process()
    const error = await failureOf(once.execute('key', () => 1, { payload }))
    expect(error).toMatchObject({ code: 'ONCE_INVALID_PAYLOAD', key: 'key', retryable: false })
    expect(faults.asked.size).toBe(0)
  },
)

const badConfigs: readonly (readonly [
  name: string,
  config: Record<string, unknown>,
  field: string,
])[] = [
  ['an unknown field', { tll: '1h' }, 'tll'],
  ['an unknown scheme', { store: 'mongodb://localhost' }, 'store'],
  ['a store without a scheme', { store: 'localhost:6379' }, 'store'],
  ['an empty store', { store: '' }, 'store'],
  ['a store of a later release', { store: 'postgres://localhost/once' }, 'store'],
  ['a negative ttl', { ttl: -1 }, 'ttl'],
  ['a ttl of 0', { ttl: 0 }, 'ttl'],
  ['a ttl without a unit', { ttl: '24' }, 'ttl'],
  ['a lease that is not a number', { lease: Number.NaN }, 'lease'],
  ['a lease of 99 ms', { lease: 99 }, 'lease'],
  ['a storeTimeout of a third of the lease', { lease: 3_000, storeTimeout: 1_000 }, 'storeTimeout'],
  ['a storeTimeout longer than the lease', { lease: '1s', storeTimeout: '2s' }, 'storeTimeout'],
  ['a heartbeat of more than half the lease', { lease: 3_000, heartbeat: 1_501 }, 'heartbeat'],
  ['an unknown policy', { onDuplicate: 'queue' }, 'onDuplicate'],
  ['an unknown error policy', { onStoreError: 'open' }, 'onStoreError'],
  ['a key length above 255', { maxKeyLength: 256 }, 'maxKeyLength'],
  ['a key length of 0', { maxKeyLength: 0 }, 'maxKeyLength'],
  ['an unknown key validator', { keyValidator: 'default' }, 'keyValidator'],
  ['a negative maxResultBytes', { maxResultBytes: -1 }, 'maxResultBytes'],
  ['an empty prefix', { prefix: '' }, 'prefix'],
  ['a prefix of 65 characters', { prefix: 'x'.repeat(65) }, 'prefix'],
  ['a prefix with a lone surrogate', { prefix: 'a\ud800' }, 'prefix'],
  ['a service name that is no text', { serviceName: 7 }, 'serviceName'],
  ['maxEntries 0', { maxEntries: 0 }, 'maxEntries'],
]

test.for(badConfigs)('create refuses %s, by name', async ([, config, field]) => {
  const error = await failureOf(
    Once.create(untyped<OnceConfig>({ ...Once.defaultConfig('test'), ...config })).then((once) =>
      once.close(),
    ),
  )
  expect(error).toMatchObject({ code: 'ONCE_INVALID_CONFIG' })
  expect((error as { issues: { path: string }[] }).issues.map(({ path }) => path)).toContain(field)
})

test.for(named(undefined, null, 'memory:', 42, []))(
  'create refuses %s as the config',
  async ([, config]) => {
    const error = await failureOf(Once.create(untyped(config)).then((once) => once.close()))
    expect(error).toMatchObject({ code: 'ONCE_INVALID_CONFIG' })
  },
)

test('no secret of a store address is told in an error', async () => {
  const error = await failureOf(
    Once.create({ ...Once.defaultConfig('test'), store: 'mongodb://admin:hunter2@db/x' }),
  )
  expect(JSON.stringify(error) + String(error)).not.toContain('hunter2')
})

test('keyValidator strict takes what is common in keys, and a function says what it will not have', async () => {
  await using strict = await Once.create({
    ...Once.defaultConfig('test'),
    keyValidator: 'strict',
    maxKeyLength: 20,
  })
  await strict.do('order:42/a_b-c.d@e', () => undefined)
  for (const key of ['a b', 'é', 'a\n', 'x'.repeat(21)]) {
    expect(await failureOf(strict.do(key, () => undefined))).toMatchObject({
      code: 'ONCE_INVALID_KEY',
    })
  }
  await using own = await Once.create({
    ...Once.defaultConfig('test'),
    keyValidator: (key) =>
      key.startsWith('order:') ? undefined : 'a key that begins with "order:"',
  })
  await own.do('order:1', () => undefined)
  const error = await failureOf(own.do('mail:1', () => undefined))
  expect(error).toMatchObject({ code: 'ONCE_INVALID_KEY' })
  expect((error as Error).message).toContain('a key that begins with "order:"')
})

test('a key validator that throws refuses the call, and harms no other', async () => {
  const failure = new Error('no list of keys yet')
  await using once = await Once.create({
    ...Once.defaultConfig('test'),
    keyValidator: (key) => {
      if (key === 'bad') throw failure
      return undefined
    },
  })
  expect(await failureOf(once.do('bad', () => undefined))).toBe(failure)
  await expect(once.execute('good', () => 'done')).resolves.toBe('done')
})

test('any text is either a key of its own or refused with a typed error', async () => {
  const store = new MemoryOnceStore({ maxEntries: 100_000 })
  await using once = await Once.create(Once.defaultConfig('test'), { store })
  const seen = new Map<string, number>()
  let next = 0
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (key) => {
      const id = seen.get(key) ?? next++
      try {
        expect(await once.execute(key, () => id)).toBe(id)
        seen.set(key, id)
      } catch (error) {
        expect(error).toMatchObject({ code: 'ONCE_INVALID_KEY' })
        expect(key.length === 0 || key.length > 255 || !key.isWellFormed()).toBe(true)
      }
    }),
    { numRuns: 1_000 },
  )
})

function named(
  ...values: readonly unknown[]
): readonly (readonly [name: string, value: unknown])[] {
  return values.map((value) => [describeValue(value), value])
}

function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `"${value}"`
    case 'object':
      return JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    default:
      return typeof value === 'function' ? 'a function' : String(value)
  }
}
