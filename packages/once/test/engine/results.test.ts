import { expect, test } from 'vitest'

import { endingOf, failureOf } from './support/ending.ts'
import { Rig } from './support/rig.ts'

class Banknote {
  readonly amount: number
  readonly #secret = 'not stored'
  constructor(amount: number) {
    this.amount = amount
  }
  get secret(): string {
    return this.#secret
  }
}

const cyclic: Record<string, unknown> = { name: 'cycle' }
cyclic['self'] = cyclic

const values: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['an empty string', ''],
  ["the string '1'", '1'],
  ['zero', 0],
  ['minus zero', -0],
  ['NaN', Number.NaN],
  ['infinity', Infinity],
  ['false', false],
  ['a bigint', 2n ** 70n],
  ['a date', new Date(1_234)],
  ['an invalid date', new Date(Number.NaN)],
  ['a map of a set', new Map([['tags', new Set(['a', 1n])]])],
  ['bytes', Buffer.from([0, 255, 128])],
  ['a typed array', new Float64Array([0.1, -0])],
  ['a URL', new URL('https://example.com/a?b#c')],
  ['a regular expression', /a+/giu],
  ['a cycle', cyclic],
  ['a __proto__ field', JSON.parse('{"__proto__": {"polluted": true}}')],
  ['undefined in an object', { a: undefined, b: [undefined] }],
]

test.for(values)(
  'I12 I14 %s is the same for the first caller, its followers and the next process',
  async ([, value]) => {
    await using rig = new Rig()
    const first = await rig.process()
    const second = await rig.process()
    let runs = 0
    const callback = (): unknown => {
      runs++
      return value
    }
    const answers: unknown[] = await Promise.all([
      first.once.execute('key', callback),
      first.once.execute('key', callback),
      second.once.execute('key', callback),
    ])
    answers.push(await second.once.execute('key', callback))
    expect(runs).toBe(1)
    for (const answer of answers) {
      expect(answer).toStrictEqual(value)
      expect(Object.is(answer, -0)).toBe(Object.is(value, -0))
    }
    expect(answers[3]).not.toBe(
      typeof value === 'object' && value !== null ? value : Symbol('none'),
    )
  },
)

test('I14 an error as a value keeps its name, code and cause', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const error = Object.assign(new TypeError('bad', { cause: new Error('below') }), {
    code: 'E_BAD',
  })
  await once.execute('key', () => ({ error }))
  const replayed = await once.execute('key', () => ({ error: new TypeError('second run') }))
  expect(replayed.error).toBeInstanceOf(TypeError)
  expect(replayed.error).toMatchObject({
    message: 'bad',
    code: 'E_BAD',
    cause: { message: 'below' },
  })
})

test('I14 an instance of a class is plain for the first caller too, and a warning says so once', async () => {
  await using rig = new Rig()
  const service = await rig.process()
  const { once } = service
  const first = await once.execute('a', () => new Banknote(5))
  const replayed = await once.execute('a', () => new Banknote(6))
  await once.execute('b', () => [new Banknote(7)])
  for (const value of [first, replayed]) {
    expect(value).toEqual({ amount: 5 })
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  }
  expect(service.logs.filter(({ message }) => message.includes('Banknote'))).toHaveLength(1)
})

const unkeepable: readonly (readonly [name: string, make: () => unknown])[] = [
  ['a function', () => () => 'x'],
  ['a symbol', () => Symbol('x')],
  ['a function deep inside', () => ({ rows: [{ run: () => 1 }] })],
  [
    'a getter that throws',
    () => ({
      get total(): number {
        throw new Error('no total')
      },
    }),
  ],
  [
    'a getter that throws nonsense',
    () => ({
      get total(): number {
        throw Object.create(null)
      },
    }),
  ],
  [
    'a proxy that refuses everything',
    () =>
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
          getPrototypeOf: () => {
            throw new Error('no')
          },
        },
      ),
  ],
  [
    'a toJSON that throws',
    () => ({
      toJSON: () => {
        throw Object.create(null)
      },
    }),
  ],
  ['a stream', () => new ReadableStream()],
  ['a WeakMap', () => new WeakMap()],
]

test.for(unkeepable)(
  'I12 %s as a result: the first caller has it, duplicates are told, nobody runs again',
  async ([, make]) => {
    await using rig = new Rig()
    const service = await rig.process()
    const { once } = service
    const made = make()
    let runs = 0
    const callback = (): unknown => {
      runs++
      return made
    }
    const first = once.execute('key', callback)
    const follower = failureOf(once.execute('key', callback))
    expect(await first).toBe(made)
    expect(await follower).toMatchObject({ code: 'ONCE_RESULT_UNAVAILABLE', retryable: false })
    expect(await failureOf(once.execute('key', callback))).toMatchObject({
      code: 'ONCE_RESULT_UNAVAILABLE',
    })
    expect(runs).toBe(1)
    expect(await once.check('key')).toBe(true)
    const view = await once.get('key')
    expect(view).toMatchObject({ state: 'succeeded', resultUnavailable: expect.any(String) })
    expect(view).not.toHaveProperty('value')
    expect(await service.ended('waited')).toBe(1)
    expect(await service.ended('replayed')).toBe(1)
  },
)

test.for([
  ['letters', 'x'.repeat(101)],
  ['letters of several bytes', '€'.repeat(34)],
  ['a tree', { rows: Array.from({ length: 40 }, (_, index) => index) }],
] as const)(
  'I13 a result over maxResultBytes, of %s, is done without a value and never runs again',
  async ([, value]) => {
    await using rig = new Rig()
    const { once } = await rig.process({ maxResultBytes: 100 })
    let runs = 0
    const callback = (): unknown => {
      runs++
      return value
    }
    expect(await once.execute('key', callback)).toBe(value)
    const error = await failureOf(once.execute('key', callback))
    expect(error).toMatchObject({ code: 'ONCE_RESULT_UNAVAILABLE' })
    expect((error as Error).message).toContain('maxResultBytes')
    expect(runs).toBe(1)
  },
)

test('I13 a result of exactly maxResultBytes is kept', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ maxResultBytes: 100 })
  const value = '€'.repeat(32) + 'xx'
  expect(Buffer.byteLength(JSON.stringify(value))).toBe(100)
  await once.execute('key', () => value)
  await expect(once.execute('key', () => 'second run')).resolves.toBe(value)
})

test('I13 no result at all is allowed: maxResultBytes 0 keeps undefined, and nothing else', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ maxResultBytes: 0 })
  await once.do('void', () => 'unwanted')
  await expect(once.execute('void', () => 'second run')).resolves.toBeUndefined()
  await once.execute('value', () => 1)
  expect(await failureOf(once.execute('value', () => 2))).toMatchObject({
    code: 'ONCE_RESULT_UNAVAILABLE',
  })
})

test('do wants no value: one that could not be stored does no harm', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  expect(await once.do('key', () => () => 'a function')).toBeUndefined()
  expect(await once.executeSimple('key', () => 'second run')).toBeUndefined()
  expect(await once.get('key')).toMatchObject({ state: 'succeeded', value: undefined })
})

test('I14 a value is stored as it was when the callback resolved', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const receipt = { lines: ['a'] }
  const first = await once.execute('key', () => {
    queueMicrotask(() =>
      queueMicrotask(() => receipt.lines.push('added by the owner of the object')),
    )
    return Promise.resolve(receipt)
  })
  first.lines.push('added by the first caller')
  const replayed = await once.execute('key', () => ({ lines: ['second run'] }))
  expect(replayed.lines).not.toContain('added by the first caller')
})

const failures: readonly (readonly [name: string, thrown: unknown])[] = [
  ['an error', new Error('declined')],
  ['a frozen error', Object.freeze(new Error('declined'))],
  ['a string', 'declined'],
  ['undefined', undefined],
  ['null', null],
  ['a number', 0],
  ['an object without a prototype', Object.create(null)],
  [
    'a proxy that refuses everything',
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
        has: () => {
          throw new Error('no')
        },
      },
    ),
  ],
]

test.for(failures)(
  '%s that is thrown reaches every caller untouched, and the key is free',
  async ([, thrown]) => {
    await using rig = new Rig()
    const service = await rig.process()
    const { once } = service
    const calls = [
      endingOf(
        once.execute('sync', () => {
          throw thrown
        }),
      ),
      endingOf(once.execute('sync', () => 'unused')),
      endingOf(once.execute('async', () => Promise.reject(thrown))),
    ]
    await Promise.all(calls.map(({ over }) => over))
    expect(calls.map(({ state }) => state)).toEqual(['rejected', 'rejected', 'rejected'])
    for (const { error } of calls) expect(Object.is(error, thrown)).toBe(true)
    expect(await rig.stateOf('sync')).toBe('none')
    await expect(once.execute('sync', () => 'next')).resolves.toBe('next')
    expect(await service.ended('failed')).toBe(3)
  },
)

test('a callback may give a thenable', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what this is about
  const thenable = { then: (resolve: (value: string) => void) => resolve('from a thenable') }
  const value = await once.execute('key', () => thenable as unknown as Promise<string>)
  expect(value).toBe('from a thenable')
})
