import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { CODEC, decodeResult, encodeResult } from '../../src/codec/index.ts'
import { refusal, replayed } from './support.ts'

class Money {
  readonly amount: number
  constructor(amount: number) {
    this.amount = amount
  }
  get cents(): number {
    return this.amount * 100
  }
}

class Secret {
  readonly #value = 1
  reveal(): number {
    return this.#value
  }
}

describe('an instance of a class', () => {
  test('is a plain copy of its fields to every caller, and says so', () => {
    const encoded = encodeResult({ total: new Money(5), tax: new Money(1) })
    expect(encoded).toMatchObject({ copied: true, className: 'Money' })
    expect(decodeResult(encoded.codec, encoded.body)).toStrictEqual({
      total: { amount: 5 },
      tax: { amount: 1 },
    })
  })

  test('is what its toJSON() says, called with the name of its field', () => {
    class Id {
      toJSON(name: string): string {
        return `${name}:7`
      }
    }
    expect(encodeResult({ user: new Id() })).toMatchObject({ copied: true, className: 'Id' })
    expect(replayed({ user: new Id() })).toEqual({ user: 'user:7' })
  })

  test('whose toJSON() answers with itself is its fields', () => {
    class Self {
      readonly n = 1
      toJSON(): this {
        return this
      }
    }
    expect(replayed([new Self()])).toEqual([{ n: 1 }])
  })

  test('may meet itself in its own toJSON()', () => {
    class Parent {
      readonly child = new Child(this)
      toJSON(): object {
        return { child: this.child }
      }
    }
    class Child {
      readonly parent: Parent
      constructor(parent: Parent) {
        this.parent = parent
      }
      toJSON(): object {
        return { parent: this.parent }
      }
    }
    const decoded = replayed(new Parent()) as { child: { parent: unknown } }
    expect(decoded.child.parent).toBe(decoded)
  })

  test('that hides its data is refused rather than kept as {}', () => {
    expect(refusal({ secret: new Secret() })).toBe(
      'result.secret is an instance of Secret with neither fields of its own nor toJSON()',
    )
    expect(refusal(new Headers({ a: 'b' }))).toContain('Headers')
    expect(refusal(new WeakMap())).toContain('WeakMap')
  })

  test('of a subclass of a collection keeps its members and its fields', () => {
    class Basket extends Map<string, number> {
      readonly owner = 'ann'
    }
    const encoded = encodeResult(new Basket([['apple', 2]]))
    expect(encoded).toMatchObject({ copied: true, className: 'Basket' })
    const decoded = decodeResult(encoded.codec, encoded.body)
    expect(decoded).toEqual(Object.assign(new Map([['apple', 2]]), { owner: 'ann' }))
  })

  test('made in another realm is known by what it is', () => {
    const foreign: unknown = runInNewContext('[new Map([[1, new Uint8Array(2)]]), { a: [1] }]')
    expect(encodeResult(foreign).copied).toBe(true)
    expect(replayed(foreign)).toStrictEqual([new Map([[1, new Uint8Array(2)]]), { a: [1] }])
  })
})

describe('a plain object', () => {
  test('has each getter read once, whatever else it holds', () => {
    let reads = 0
    const value = {
      get count(): number {
        return ++reads
      },
      at: new Date(0),
    }
    expect(replayed(value)).toEqual({ count: 1, at: new Date(0) })
    expect(
      replayed(Object.defineProperty({}, 'n', { enumerable: true, get: () => ++reads })),
    ).toEqual({ n: 2 })
  })

  test('behind a Proxy is read once and replayed plain', () => {
    const reads: unknown[] = []
    const proxy = new Proxy(
      { a: 1, b: [1] },
      {
        get(target, name, receiver): unknown {
          reads.push(name)
          return Reflect.get(target, name, receiver)
        },
      },
    )
    expect(replayed(proxy)).toStrictEqual({ a: 1, b: [1] })
    expect(reads).toEqual(['a', 'b'])
  })

  test('with a toJSON of its own is what that says', () => {
    const encoded = encodeResult({ hidden: () => 1, toJSON: () => ({ shown: 1 }) })
    expect(encoded.copied).toBe(true)
    expect(decodeResult(encoded.codec, encoded.body)).toEqual({ shown: 1 })
  })

  test('with symbol keys is a copy without them, and says so', () => {
    expect(encodeResult({ a: 1, [Symbol('tag')]: 2 })).toMatchObject({
      body: '{"a":1}',
      copied: true,
    })
    expect(encodeResult({ deep: [{ [Symbol('tag')]: 2 }] }).copied).toBe(true)
  })

  test('is not confused by what others put on Object.prototype', () => {
    // oxlint-disable-next-line no-extend-native -- the misdeed this test is about
    Object.defineProperty(Object.prototype, 'intruder', {
      value: () => 1,
      enumerable: true,
      configurable: true,
    })
    const encoded = encodeResult({ a: { b: 1 } })
    Reflect.deleteProperty(Object.prototype, 'intruder')
    expect(encoded).toEqual({ codec: CODEC.json, body: '{"a":{"b":1}}', copied: false })
  })
})
