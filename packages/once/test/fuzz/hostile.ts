import { PassThrough } from 'node:stream'

import fc from 'fast-check'

import { anyGraph, anyValue } from '../codec/support.ts'

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
}

class Hidden {
  readonly #secret = 'hidden'
  tell(): string {
    return this.#secret
  }
}

class Dated extends Date {
  override getTime(): number {
    throw new Error('no time')
  }
}

class Listed extends Array<number> {}

function failing(): never {
  throw new Error('a trap')
}

/** What code that means no good, or was written in haste, may give as a result or a payload. Each call makes a new one. */
const MAKERS: readonly Maker[] = [
  () => ({
    get total(): number {
      throw new Error('no total')
    },
  }),
  () => ({
    get total(): number {
      // A getter may throw what is no error, and nothing that can be turned into text.
      // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- this is what hostile code does
      throw Object.create(null)
    },
  }),
  () => new Proxy({}, { ownKeys: failing }),
  () => new Proxy({ a: 1 }, { get: failing }),
  () => new Proxy({}, { getPrototypeOf: failing }),
  () => new Proxy({ a: 1 }, { getOwnPropertyDescriptor: failing }),
  () => new Proxy(new Map([[1, 2]]), {}),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  () => new Money(1),
  () => new Hidden(),
  () => new Dated(5),
  () => Listed.from([1, 2]),
  () => new Date(Number.NaN),
  () => ({ toJSON: () => ({ shown: true }) }),
  () => ({ toJSON: failing }),
  () => ({ toJSON: 'a text' }),
  () => ({
    toJSON() {
      return this
    },
  }),
  () => ({ toJSON: () => undefined }),
  () =>
    JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":1},"hasOwnProperty":0}',
    ) as unknown,
  () => Object.create({ inherited: 1 }) as unknown,
  () => Object.create(Object.create(null) as object) as unknown,
  () => Object.freeze({ frozen: [Object.freeze([1])] }),
  () => ({ [Symbol('hidden')]: 1, shown: 2 }),
  () => Symbol('alone'),
  () => failing,
  () => (function* numbers() {})(),
  () => new WeakMap(),
  () => new PassThrough(),
  // oxlint-disable-next-line unicorn/no-thenable -- it looks like a promise, and is none
  () => ({ then: 'not a function' }),
  () => [Promise.resolve(1)],
  () => Object.assign([1, 2, 3], { extra: 'field' }),
  () => Object.assign([], { length: 3, 1: 'hole before and after' }),
  () => {
    const cycle: { self?: unknown } = {}
    cycle.self = [cycle]
    return cycle
  },
  () => {
    const map = new Map<unknown, unknown>()
    return map.set(map, new Set([map]))
  },
  () => Array.from({ length: 3_000 }).reduce<unknown>((inner) => [inner], 1),
  () => 'x'.repeat(300_000),
  () => '\ud800'.repeat(1_000),
  () => new Error('outer', { cause: new AggregateError([new TypeError('a'), 1], 'inner') }),
  () => Object.assign(new Error('with fields'), { code: 'E', run: failing }),
  () => new DOMException('no', 'AbortError'),
  () => new Uint8Array(new SharedArrayBuffer(4)),
  () => {
    const buffer = new ArrayBuffer(8)
    structuredClone(buffer, { transfer: [buffer] })
    return [buffer, 'detached']
  },
  () => new Float64Array([-0, Number.NaN, Infinity]),
  () => new BigInt64Array([-1n]),
  () => new Uint8Array(new ArrayBuffer(4, { maxByteLength: 16 })),
  () => new Intl.NumberFormat('en'),
  () => new URLSearchParams('a=1'),
  () => globalThis,
  () => process.env,
  () => new Headers({ a: 'b' }),
  () => Object.defineProperty(new Money(1), Symbol.toStringTag, { value: 'Map' }),
  () => ({ a: undefined, b: [undefined, null], c: Object(1n) as unknown, d: [-0, 0] }),
]

/** Makes a value; a new one each time. Not the value itself: some would not survive being looked at by the test runner. */
export type Maker = () => unknown

/** Values that are another one at every look, or that lie about what they are: there is nothing to be compared with. */
export const UNSTEADY: readonly Maker[] = [
  () => ({
    count: 0,
    get next(): number {
      return ++(this as { count: number }).count
    },
  }),
  () => Object.defineProperty({}, 'constructor', { get: failing, enumerable: false }),
  () =>
    new Proxy([1, 2], {
      get: (list, name) => Reflect.get(name === '0' ? [Math.random()] : list, name),
    }),
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => ['a'],
        getOwnPropertyDescriptor: () => ({
          value: Math.random(),
          enumerable: true,
          configurable: true,
        }),
      },
    ),
]

const hostile: fc.Arbitrary<Maker> = fc.constantFrom(...MAKERS)
const tame: fc.Arbitrary<Maker> = fc.oneof(anyValue, anyGraph).map((value) => () => value)

/** Values of every kind, the hostile ones alone and among others. */
export const anything: fc.Arbitrary<Maker> = fc.oneof(
  { weight: 3, arbitrary: hostile },
  { weight: 2, arbitrary: tame },
  fc.array(fc.oneof(hostile, tame), { maxLength: 3 }).map((makers) => () => {
    return makers.map((make) => make())
  }),
  fc.tuple(fc.constantFrom('a', '__proto__', 'toJSON', 'constructor', '$', 'length'), hostile).map(
    ([name, make]) =>
      () =>
        Object.fromEntries([[name, make()]]),
  ),
)
