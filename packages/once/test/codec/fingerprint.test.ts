import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canonicalText,
  CODEC,
  decodeResult,
  fingerprintOf,
  UnencodablePayload,
} from '../../src/codec/index.ts'
import { anyValue } from './support.ts'

describe('payloads with the same data have the same fingerprint', () => {
  test.each<[string, unknown, unknown]>([
    ['fields in another order', { A: 1, a: 2, b: 3 }, { b: 3, a: 2, A: 1 }],
    ['fields that are undefined', { a: 1, b: undefined, $: undefined }, { a: 1 }],
    [
      'Map entries in another order',
      new Map([
        [1, 2],
        [3, 4],
      ]),
      new Map([
        [3, 4],
        [1, 2],
      ]),
    ],
    ['Set members in another order', new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])],
    [
      'an entity and its plain data',
      new (class Order {
        readonly id = 1
      })(),
      { id: 1 },
    ],
    ['a toJSON() and its answer', { at: { toJSON: () => [1] } }, { at: [1] }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a Buffer and its bytes', Buffer.from([1, 2]), new Uint8Array([0, 1, 2, 3]).subarray(1, 3)],
    ['one object twice and two alike', ((o) => [o, o])({ a: 1 }), [{ a: 1 }, { a: 1 }]],
  ])('%s', (_, one, other) => {
    expect(canonicalText(one)).toBe(canonicalText(other))
    expect(fingerprintOf(one)).toEqual(fingerprintOf(other))
  })

  test('however many other names of fields were met in between', () => {
    const odd = { 'say "hi"': 1, '\ud800': 2, ['long'.repeat(30)]: 3, __proto_: 4, last: { z: 5 } }
    const before = canonicalText(odd)
    for (let n = 0; n < 3_000; n++) canonicalText({ [`name ${n}`]: n })
    expect(canonicalText(odd)).toBe(before)
    expect(JSON.parse(before)).toEqual(odd)
  })

  test('whatever the order of their fields', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.integer()), {
      selector: ([key]) => key,
      size: 'medium',
    })
    fc.assert(
      fc.property(entries, fc.infiniteStream(fc.nat()), (fields, random) => {
        const shuffled = fields
          .map((field) => ({ field, rank: random.next().value }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ field }) => field)
        expect(canonicalText(Object.fromEntries(shuffled))).toBe(
          canonicalText(Object.fromEntries(fields)),
        )
      }),
    )
  })
})

test('fields are sorted by UTF-16 code units, be they few or many', () => {
  const letters = ['\uffff', '\ud83d\ude00', 'é', 'z', 'a', '_', 'Z', 'A', '10', '9', '']
  for (const padding of ['', 'a', 'é', '-1']) {
    const names = letters.flatMap((letter) => [letter, letter + padding])
    const text = canonicalText(Object.fromEntries(names.map((name) => [name, 0])))
    const written = text
      .slice(1, -1)
      .split(':0')
      .map((name) => name.replace(/^,/, ''))
    const inOrder = [...new Set(names)].toSorted().map((name) => JSON.stringify(name))
    expect(written.slice(0, -1)).toEqual(inOrder)
  }
})

describe('payloads with different data have different fingerprints', () => {
  test('no two of these look alike', () => {
    const payloads: unknown[] = [
      ...[1, '1', 1n, true, 'true', null, 'null', undefined, 'undefined', '', 0, -0, Number.NaN],
      ...[{}, [], [[]], [undefined], [null], Array(1), '{}', '[]', [{}], { a: null }, ['a', null]],
      ...[
        { A: 1, a: 2 },
        { A: 2, a: 1 },
        { a: 1, b: 2 },
        [1, 2],
        [2, 1],
        ['1,2'],
        ['1', '2'],
        [12],
      ],
      ...[new Date(0), new Date(0).toISOString(), 0.5, { $: ['Date', 0] }, new Date(Number.NaN)],
      ...[new Map(), new Set(), new Map([[1, 2]]), new Set([1, 2]), new Map([['1', 2]])],
      ...['\u00e9', 'e\u0301', '\ud800', '\\ud800', '\udc00', '\ufffd'],
      ...[
        new Uint8Array([1]),
        new Int8Array([1]),
        new ArrayBuffer(1),
        new URL('http://a/'),
        'http://a/',
      ],
      ...[/a/, /a/g, new Error('a'), new TypeError('a'), new Error('b'), Object(1), Object('1')],
    ]
    expect(new Set(payloads.map(canonicalText)).size).toBe(payloads.length)
    const prints = payloads.map((payload) => Buffer.from(fingerprintOf(payload)).toString('hex'))
    expect(new Set(prints).size).toBe(payloads.length)
  })

  test('since the canonical text says everything: it decodes to the payload', () => {
    fc.assert(
      fc.property(anyValue, (payload) => {
        const text = canonicalText(payload)
        const decoded = decodeResult(CODEC.tagged, text)
        expect(canonicalText(decoded)).toBe(text)
        expect(isDeepStrictEqual(decoded, dataOf(payload))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a payload without a fingerprint', () => {
  const cycle: { a: unknown[] } = { a: [] }
  cycle.a.push(cycle)

  test.each<[string, string, unknown]>([
    ['payload.items[1].run', 'a function', { items: [1, { run: (): number => 1 }] }],
    ['payload.tag', 'a symbol', { tag: Symbol('s') }],
    ['payload.a[0]', 'an object that contains itself', cycle],
    ['payload<value 0>', 'a promise that nobody awaited', new Map([[1, Promise.resolve()]])],
  ])('is named: %s is %s', (path, what, payload) => {
    expect(() => canonicalText(payload)).toThrow(UnencodablePayload)
    expect(() => fingerprintOf(payload)).toThrow(
      expect.objectContaining({ path, what, message: `${path} is ${what}` }),
    )
  })

  test('is named with the getter that threw, and its error', () => {
    const cause = new Error('not loaded')
    const payload = {
      user: {
        id: 1,
        get name(): string {
          throw cause
        },
      },
    }
    expect(() => fingerprintOf(payload)).toThrow(
      expect.objectContaining({ path: 'payload.user.name', cause }),
    )
  })

  test('may be one that hides its data: two of them would look alike', () => {
    class Card {
      readonly #number: string
      constructor(number: string) {
        this.#number = number
      }
      get last4(): string {
        return this.#number.slice(-4)
      }
    }
    expect(() => fingerprintOf({ card: new Card('4242424242424242') })).toThrow('payload.card')
  })

  test('may be too deep, or hold the same object too often', () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = { deep }
    expect(() => fingerprintOf(deep)).toThrow('nested deeper than 500 levels')
    let wide: unknown = [1]
    for (let level = 0; level < 40; level++) wide = [wide, wide]
    expect(() => fingerprintOf(wide)).toThrow('more than 1000000 objects')
  })
})

/** What counts of a payload. */
function dataOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.assign(Array(value.length), mapFields(value, dataOf))
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [dataOf(k), dataOf(v)]))
  if (value instanceof Set) return new Set([...value].map(dataOf))
  if (Buffer.isBuffer(value)) return new Uint8Array(value)
  if (value instanceof Error) return new TypeError(value.message, { cause: dataOf(value.cause) })
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return mapFields(value, (field) => dataOf(field), false)
}

function mapFields(value: object, map: (field: unknown) => unknown, keepUndefined = true): object {
  const fields = Object.entries(value).filter(([, field]) => keepUndefined || field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [name, map(field)]))
}
