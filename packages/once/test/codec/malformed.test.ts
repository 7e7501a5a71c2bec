import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CODEC, CodecError, decodeResult, encodeResult } from '../../src/codec/index.ts'
import { anyValue } from './support.ts'

describe('a body that nobody encoded', () => {
  test.each<[string, number, string]>([
    ['an empty JSON body', CODEC.json, ''],
    ['JSON cut short', CODEC.json, '{"a":1'],
    ['a body beside "no value"', CODEC.none, '1'],
    ['a codec of another version', 3, '1'],
    ['a compressed body', 0x11, '1'],
    ['an encrypted body', 0x21, '1'],
    ['an unknown tag', CODEC.tagged, '{"$":["Function","return process"]}'],
    ['a tag from Object.prototype', CODEC.tagged, '{"$":["constructor"]}'],
    ['a mark that is no array', CODEC.tagged, '{"$":"Date"}'],
    ['a mark without a tag', CODEC.tagged, '{"$":[]}'],
    ['a mark with a foreign key', CODEC.tagged, '{"$":["Map"],"x":1}'],
    ['fields that are no object', CODEC.tagged, '{"$":["Map"],"+":[1]}'],
    ['a reference to nothing', CODEC.tagged, '[{"$":["ref",1]}]'],
    ['a reference by name', CODEC.tagged, '[{"$":["ref","length"]}]'],
    ['a reference to what is being made', CODEC.tagged, '{"$":["Date",{"$":["ref",0]}]}'],
    ['a date out of range', CODEC.tagged, '{"$":["Date",8640000000000001]}'],
    ['a date in words', CODEC.tagged, '{"$":["Date","now"]}'],
    ['half a Map entry', CODEC.tagged, '{"$":["Map",1]}'],
    ['digits that are none', CODEC.tagged, '{"$":["bigint","0x10"]}'],
    ['a pattern that is none', CODEC.tagged, '{"$":["RegExp","(","",0]}'],
    ['flags that are none', CODEC.tagged, '{"$":["RegExp","a","zz",0]}'],
    ['an address that is none', CODEC.tagged, '{"$":["URL","nowhere"]}'],
    ['base64 that is none', CODEC.tagged, '{"$":["Buffer","a*=="]}'],
    ['base64 without padding', CODEC.tagged, '{"$":["Buffer","aGk"]}'],
    ['half an element', CODEC.tagged, '{"$":["Uint16Array","AAAA"]}'],
    ['a negative length', CODEC.tagged, '{"$":["Array",-1]}'],
    ['a length among the fields', CODEC.tagged, '{"$":["Array",1],"+":{"length":5}}'],
    ['a box of another type', CODEC.tagged, '{"$":["Number","1"]}'],
    ['an error without a value', CODEC.tagged, '{"$":["Error","message"]}'],
    ['slots too many', CODEC.tagged, '{"$":["URL","http://a/",1]}'],
    ['a value nested too deep', CODEC.tagged, `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ])('is refused: %s', (_, codec, body) => {
    expect(() => decodeResult(codec, body)).toThrow(CodecError)
  })

  test('is refused when its bytes are not UTF-8', () => {
    expect(() => decodeResult(CODEC.json, new Uint8Array([0x22, 0xff, 0x22]))).toThrow(CodecError)
  })

  test('keeps the error of the parser as the cause', () => {
    expect(() => decodeResult(CODEC.json, '{')).toThrow(
      expect.objectContaining({ name: 'CodecError', cause: expect.any(SyntaxError) as unknown }),
    )
  })

  test('tells why there is no value', () => {
    expect(() => decodeResult(CODEC.unavailable, 'result is a stream')).toThrow(
      'result is a stream',
    )
  })

  test('decodes or is refused, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat({ max: 255 }), (body, codec) => {
        expect(decodesOrRefuses(codec, body)).toBe(true)
      }),
    )
  })

  test('is always refused when it was cut short', () => {
    fc.assert(
      fc.property(fc.array(anyValue), fc.nat(), (value, cut) => {
        const { codec, body } = encodeResult(value)
        expect(() => decodeResult(codec, body.slice(0, cut % body.length))).toThrow(CodecError)
      }),
    )
  })

  test('decodes or is refused when one character changed', () => {
    fc.assert(
      fc.property(
        anyValue,
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        (value, at, by) => {
          const { codec, body } = encodeResult(value)
          const where = at % (body.length + 1)
          const changed = body.slice(0, where) + by + body.slice(where + 1)
          expect(decodesOrRefuses(codec, changed)).toBe(true)
        },
      ),
      { numRuns: effort(500).numRuns },
    )
  })

  test('decodes or is refused when its marks are made up', () => {
    fc.assert(
      fc.property(madeUp, (tree) => {
        expect(decodesOrRefuses(CODEC.tagged, JSON.stringify(tree))).toBe(true)
      }),
      { numRuns: effort(2_000).numRuns },
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('a hostile body changes nothing but its own value', () => {
  const { tagged, json } = CODEC
  test.each<[string, object, number, string]>([
    ['JSON', Object.prototype, json, '{"__proto__":{"polluted":1}}'],
    ['a tagged object', Object.prototype, tagged, '{"__proto__":{"polluted":1}}'],
    ['a tagged field', Object.prototype, tagged, '{"__proto__":{"$":["Set"],"+":{"polluted":1}}}'],
    ['own fields', Object.prototype, tagged, '{"$":["Object"],"+":{"__proto__":{"polluted":1}}}'],
    ['fields of a Map', Map.prototype, tagged, '{"$":["Map"],"+":{"__proto__":{"polluted":1}}}'],
    ['an error', Error.prototype, tagged, '{"$":["Error","__proto__",{"polluted":1}]}'],
  ])('through %s', (_, prototype, codec, body) => {
    const value = decodeResult(codec, body) as object
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(value) === prototype).toBe(true)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Reflect.get(value, 'polluted')).toBeUndefined()
  })
})

const tags = [
  ...['undefined', 'NaN', '-0', 'bigint', 'ref', 'Object', 'null', 'Array', 'Date', 'RegExp'],
  ...['URL', 'Map', 'Set', 'Number', 'String', 'ArrayBuffer', 'Buffer', 'DataView', 'Uint8Array'],
  ...['Float64Array', 'Error', 'AggregateError', 'SuppressedError', 'DOMException', 'Function'],
]

const { madeUp } = fc.letrec<{ madeUp: unknown }>((tie) => ({
  madeUp: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.nat({ max: 20 }), fc.string(), fc.base64String(), fc.constant(null)),
    fc.array(tie('madeUp'), { maxLength: 4 }),
    fc.record({
      $: fc.tuple(fc.constantFrom(...tags), fc.array(tie('madeUp'))).map((mark) => mark.flat()),
    }),
    fc.record({
      $: fc.constantFrom(...tags).map((tag) => [tag]),
      '+': fc.dictionary(fc.constantFrom('__proto__', 'message', 'length', 'a'), tie('madeUp')),
    }),
  ),
}))

function decodesOrRefuses(codec: number, body: string | Uint8Array): boolean {
  try {
    decodeResult(codec, body)
    return true
  } catch (error) {
    return error instanceof CodecError
  }
}
