import { isDeepStrictEqual } from 'node:util'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CODEC, decodeResult, encodeResult } from '../../src/codec/index.ts'
import { anyGraph, anyValue, replayed } from './support.ts'

describe('a replay', () => {
  test('equals the original, prototypes included, and encodes to the same body again', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const encoded = encodeResult(value)
        const decoded = decodeResult(encoded.codec, encoded.body)
        expect(encoded.copied).toBe(false)
        expect(isDeepStrictEqual(decoded, value)).toBe(true)
        // isDeepStrictEqual is blind to the order of fields; the body is not.
        expect(encodeResult(decoded)).toEqual(encoded)
      }),
      { numRuns: effort(1_000).numRuns },
    )
  })

  test('has the shared and cyclic references of the original', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const encoded = encodeResult(graph)
        const decoded = decodeResult(encoded.codec, encoded.body)
        expect(isDeepStrictEqual(decoded, graph)).toBe(true)
        expect(encodeResult(decoded)).toEqual(encoded)
      }),
      { numRuns: effort(300).numRuns },
    )
  })

  test('is a copy of its own each time', () => {
    const { codec, body } = encodeResult({ at: new Date(0) })
    expect(decodeResult(codec, body)).not.toBe(decodeResult(codec, body))
  })

  test.each([undefined, null, '', '1', 1, 0, false, 'undefined', 'null'])(
    'is not mistaken for a neighbour: %o',
    (value) => {
      expect(replayed(value)).toBe(value)
    },
  )

  test('keeps an invalid Date a Date', () => {
    const date = replayed(new Date(Number.NaN))
    expect(date).toBeInstanceOf(Date)
    expect(Number(date)).toBeNaN()
  })

  test('shares a Date met twice', () => {
    const at = new Date(0)
    const { from, until } = replayed({ from: at, until: at }) as Record<string, unknown>
    expect(from).toBe(until)
  })

  test('finds its references among many objects', () => {
    const items = Array.from({ length: 100 }, (_, at) => ({ at }))
    const [first, again] = replayed([items, items.toReversed()]) as [unknown[], unknown[]]
    expect(again.toReversed().every((item, at) => item === first[at])).toBe(true)
  })

  test('keeps two views of one buffer on one buffer, and a part without the rest', () => {
    const buffer = new Uint8Array([1, 2, 3, 4]).buffer
    const [bytes, words, part] = replayed([
      new Uint8Array(buffer),
      new Uint16Array(buffer),
      new Uint8Array(buffer, 1, 2),
    ]) as [Uint8Array, Uint16Array, Uint8Array]
    expect(words.buffer).toBe(bytes.buffer)
    expect([...part]).toEqual([2, 3])
    expect(part.buffer.byteLength).toBe(2)
  })

  test('of a small Buffer holds none of the pool it was cut from', () => {
    const { body } = encodeResult(Buffer.from('hello'))
    expect(body.length).toBeLessThan(40)
  })
})

describe('plain JSON', () => {
  test.each([
    ['a scalar', 'text'],
    ['a flat object', { id: 'ord_1', amount: 10.5, paid: true, note: null }],
    ['a tree', { lines: [{ sku: 'a' }, { sku: 'b' }], empty: [], none: {} }],
  ])('is what %s is kept as', (_, value) => {
    expect(encodeResult(value)).toEqual({
      codec: CODEC.json,
      body: JSON.stringify(value),
      copied: false,
    })
  })

  test('undefined has no body at all', () => {
    expect(encodeResult(undefined)).toEqual({ codec: CODEC.none, body: '', copied: false })
  })
})

describe('an error', () => {
  test('comes back as its built-in class, with cause, code and fields, without the stack', () => {
    const cause = Object.assign(new Error('socket closed'), { code: 'ECONNRESET' })
    const error = Object.assign(new RangeError('too much', { cause }), { limit: 3 })
    const decoded = replayed(error) as RangeError & { limit: number }
    expect(decoded).toBeInstanceOf(RangeError)
    expect(decoded).toMatchObject({ message: 'too much', limit: 3, cause: { code: 'ECONNRESET' } })
    expect(Object.keys(decoded)).toEqual(['limit'])
    expect(decoded.stack).toBe('RangeError: too much')
  })

  test('of a subclass keeps its name and what its getters say', () => {
    class PaymentError extends TypeError {
      override readonly name = 'PaymentError'
      get code(): string {
        return 'DECLINED'
      }
    }
    const encoded = encodeResult(new PaymentError('no'))
    expect(encoded).toMatchObject({ copied: true, className: 'PaymentError' })
    const decoded = decodeResult(encoded.codec, encoded.body)
    expect(decoded).toBeInstanceOf(TypeError)
    expect(decoded).toMatchObject({ name: 'PaymentError', message: 'no', code: 'DECLINED' })
  })

  test('loses only the fields that cannot be kept', () => {
    const shared = { url: '/charge' }
    const error = Object.assign(new Error('502'), {
      config: { shared, retry: () => true },
      status: 502,
      again: shared,
    })
    const thrower = (): never => {
      throw new Error('already read')
    }
    Object.defineProperty(error, 'body', { get: thrower, enumerable: true })
    const encoded = encodeResult([error, shared])
    expect(encoded.copied).toBe(true)
    const [decoded, after] = decodeResult(encoded.codec, encoded.body) as [typeof error, object]
    expect(Object.keys(decoded)).toEqual(['status', 'again'])
    expect(decoded.again).toBe(after)
    expect(after).toEqual({ url: '/charge' })
  })

  test('of the platform keeps its code', () => {
    const decoded = replayed(AbortSignal.abort().reason) as DOMException
    expect(decoded).toBeInstanceOf(DOMException)
    expect(decoded.name).toBe('AbortError')
    expect(decoded.code).toBe(DOMException.ABORT_ERR)
  })

  test('may be its own cause', () => {
    const error = new Error('round')
    error.cause = error
    const decoded = replayed(error) as Error
    expect(decoded.cause).toBe(decoded)
  })
})
