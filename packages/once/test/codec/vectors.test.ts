import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  canonicalText,
  decodeResult,
  encodeResult,
  fingerprintHexOf,
  fingerprintOf,
} from '../../src/codec/index.ts'

interface Vectors {
  readonly results: readonly { value: string; codec: number; body: string }[]
  readonly fingerprints: readonly { payload: string; canonical: string; hex: string }[]
}

const file = new URL('vectors.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

describe('the protocol vectors of results', () => {
  test.each(vectors.results)('$value', ({ value: expression, codec, body }) => {
    const value = valueOf(expression)
    expect(encodeResult(value)).toEqual({ codec, body, copied: false })
    expect(isDeepStrictEqual(decodeResult(codec, body), value)).toBe(true)
    expect(isDeepStrictEqual(decodeResult(codec, Buffer.from(body)), value)).toBe(true)
  })
})

describe('the protocol vectors of fingerprints', () => {
  test.each(vectors.fingerprints)('$payload', ({ payload: expression, canonical, hex }) => {
    const payload = valueOf(expression)
    expect(canonicalText(payload)).toBe(canonical)
    expect(fingerprintHexOf(payload)).toBe(hex)
    expect(Buffer.from(fingerprintOf(payload)).toString('hex')).toBe(hex)
  })
})

function valueOf(expression: string): unknown {
  return runInThisContext(`(${expression})`)
}
