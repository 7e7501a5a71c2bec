import { Readable, Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CODEC, encodeResult } from '../../src/codec/index.ts'
import { refusal } from './support.ts'

class Thenable {
  // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what this test is about
  then(): void {}
}

describe('what cannot be kept is named with its place', () => {
  test.each<[string, unknown]>([
    ['result is a function', () => 1],
    ['result is a symbol', Symbol('s')],
    ['result.a["b c"][2].run is a function', { a: { 'b c': [1, 2, { run: (): number => 1 }] } }],
    [
      'result<value 1>.f is a function',
      new Map<unknown, unknown>([
        ['a', 1],
        ['b', { f: test }],
      ]),
    ],
    ['result<key 0> is a symbol', new Map([[Symbol('k'), 1]])],
    ['result<member 0>[0] is a function', new Set([[test]])],
    ['result.data.job is a promise that nobody awaited', { data: { job: Promise.resolve(1) } }],
    ['result is a promise that nobody awaited', new Thenable()],
    ['result.file is a stream', { file: new Readable() }],
    ['result is a stream', new Writable()],
    ['result is a stream', new ReadableStream()],
    ['result is a stream', new WritableStream()],
    ['result is resizable memory', new Uint8Array(new ArrayBuffer(1, { maxByteLength: 2 }))],
    ['result is shared memory', new Uint8Array(new SharedArrayBuffer(1))],
    ['result is a Proxy or an imitation of a Map', new Proxy(new Map(), {})],
  ])('%s', (reason, value) => {
    expect(refusal(value)).toBe(reason)
  })

  test('a getter that throws', () => {
    const value = {
      order: {
        id: 1,
        get total(): number {
          throw new Error('not loaded')
        },
      },
    }
    expect(refusal(value)).toBe('result.order.total is a value that could not be read (not loaded)')
  })

  test('a toJSON() that throws', () => {
    const value = {
      toJSON(): never {
        throw new Error('not loaded')
      },
    }
    expect(refusal([value])).toBe('result[0] is a value whose toJSON() failed: not loaded')
  })

  test.each(['ownKeys', 'get', 'getPrototypeOf', 'getOwnPropertyDescriptor'])(
    'a Proxy whose %s throws',
    (trap) => {
      const thrower = (): never => {
        throw new Error('trapped')
      }
      const reason = refusal({ p: new Proxy({ a: 1 }, { [trap]: thrower }) })
      expect(reason).toMatch(/^result\.p.* is a value that could not be read \(trapped\)$/)
    },
  )

  test('a revoked Proxy, and a throw of something that is no error', () => {
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    expect(refusal([proxy])).toMatch(/^result\[0\] is a value that could not be read/)
    const hostile = {
      get a(): never {
        throw Object.create(null)
      },
    }
    expect(refusal(hostile)).toBe('result.a is a value that could not be read (no message)')
  })

  test('a value 100,000 levels deep, of objects, arrays, Maps or causes', () => {
    const deep = (wrap: (inner: unknown) => unknown): unknown => {
      let value: unknown = 1
      for (let level = 0; level < 100_000; level++) value = wrap(value)
      return value
    }
    for (const wrap of [
      (inner: unknown) => ({ inner }),
      (inner: unknown) => [inner],
      (inner: unknown) => new Map([[1, inner]]),
    ]) {
      expect(refusal(deep(wrap))).toMatch(
        /^result.{3,200} is a value nested deeper than 500 levels$/,
      )
    }
    // An error keeps what it can: here, the first levels of its causes.
    const causes = deep((cause) => new Error('x', { cause }))
    expect(encodeResult(causes)).toMatchObject({ codec: CODEC.tagged, copied: true })
  })

  test('a toJSON() without end', () => {
    class Endless {
      toJSON(): object {
        return [new Endless()]
      }
    }
    expect(refusal(new Endless())).toContain('nested deeper')
  })

  test('in words that survive UTF-8, at a length that fits a log line', () => {
    const reason = refusal({ ['\ud800'.repeat(1_000)]: test })
    expect(reason.isWellFormed()).toBe(true)
    expect(reason.length).toBeLessThan(300)
  })
})

test('encoding never throws', () => {
  const traps = fc.constantFrom(
    'get',
    'has',
    'ownKeys',
    'getPrototypeOf',
    'getOwnPropertyDescriptor',
  )
  const hostile = fc.tuple(fc.object(), traps, fc.anything()).map(([target, trap, answer]) => {
    return new Proxy(target, { [trap]: () => answer })
  })
  fc.assert(
    fc.property(
      fc.anything({ values: [hostile, fc.func(fc.anything()), fc.string()] }),
      (value) => {
        expect(typeof encodeResult(value).body).toBe('string')
      },
    ),
  )
})
