import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  decodeRecord,
  encodeRecord,
  HEADER_BYTES,
  RecordUnreadable,
  STATE_CODES,
  WIDEST_RECORD,
} from '../src/record.ts'
import type { Body, OnceRecord, RecordState } from '../src/record.ts'
import { vectors } from './vectors.ts'

const states = Object.keys(STATE_CODES) as RecordState[]
const hex128 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'))
const uint53 = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1))

const anyRecord: fc.Arbitrary<OnceRecord> = fc.record({
  state: fc.constantFrom(...states),
  attempt: fc.integer({ min: 0, max: 65_535 }),
  fence: uint53,
  token: hex128,
  fingerprint: fc.oneof(fc.constant(''), hex128),
  effect: fc.boolean(),
  waiters: fc.boolean(),
  atMs: uint53,
  meta: fc.string({ unit: 'binary', maxLength: 200 }),
  codec: fc.integer({ min: 0, max: 255 }),
  body: fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 300 })),
})

function bytesOf(body: Body): Buffer {
  return Buffer.from(body)
}

/** A record with its body as bytes, whichever way it was given. */
function plain(given: OnceRecord): object {
  return { ...given, body: bytesOf(given.body).toString('hex') }
}

describe('a record', () => {
  test.each(vectors.records)('of $name is the bytes that the protocol says', ({ record, hex }) => {
    const body = 'text' in record.body ? record.body.text : Buffer.from(record.body.hex, 'hex')
    expect(encodeRecord({ ...record, body }).toString('hex')).toBe(hex)
    expect(plain(decodeRecord(Buffer.from(hex, 'hex')))).toEqual(plain({ ...record, body }))
  })

  test('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(anyRecord, (given) => {
        expect(plain(decodeRecord(encodeRecord(given)))).toEqual(plain(given))
      }),
      { numRuns: effort(2_000).numRuns },
    )
  })

  test('comes back with the largest numbers it can hold', () => {
    expect(decodeRecord(encodeRecord(WIDEST_RECORD))).toEqual(WIDEST_RECORD)
  })

  test('comes back from its bytes whatever its size', () => {
    for (const unit of ['a', 'é', '€', '😀', '\ud800']) {
      for (const length of [1, 1_000, 1_300, 1_350, 1_365, 1_400, 4_100, 30_000, 100_000]) {
        const meta = unit.repeat(Math.min(length, 9_999))
        const given = { ...WIDEST_RECORD, meta, body: unit.repeat(length) }
        const read = decodeRecord(encodeRecord(given))
        expect(read.meta).toBe(meta.toWellFormed())
        expect(String(read.body)).toBe(given.body.toWellFormed())
      }
    }
  })

  test('keeps its bytes while others are encoded', () => {
    const given = Array.from({ length: 3_000 }, (_, n) => ({
      ...WIDEST_RECORD,
      fence: n,
      meta: `é${n}`,
      body: 'x'.repeat(n % 200),
    }))
    const encoded = given.map((record) => encodeRecord(record))
    expect(encoded.map((bytes) => plain(decodeRecord(bytes)))).toEqual(given.map(plain))
  })

  test.each<[string, Partial<OnceRecord>]>([
    ['an attempt', { attempt: 65_536 }],
    ['a fence', { fence: 2 ** 64 }],
    ['a time', { atMs: -1 }],
    ['a meta text', { meta: 'x'.repeat(65_536) }],
  ])('is refused with %s that its header has no room for', (_, wrong) => {
    expect(() => encodeRecord({ ...WIDEST_RECORD, ...wrong })).toThrow(RangeError)
  })

  test('has one form: what was read writes the same bytes again', () => {
    fc.assert(
      fc.property(anyRecord, (given) => {
        const bytes = encodeRecord(given)
        expect(encodeRecord(decodeRecord(bytes)).equals(bytes)).toBe(true)
      }),
    )
  })

  test('costs its header, its meta and its body', () => {
    fc.assert(
      fc.property(anyRecord, (given) => {
        const size = HEADER_BYTES + Buffer.byteLength(given.meta) + bytesOf(given.body).byteLength
        expect(encodeRecord(given)).toHaveLength(size)
      }),
    )
    expect(HEADER_BYTES).toBeLessThanOrEqual(64)
  })

  test('that has no body reads as one with an empty text', () => {
    fc.assert(
      fc.property(anyRecord, (given) => {
        expect(decodeRecord(encodeRecord({ ...given, body: new Uint8Array() })).body).toBe('')
      }),
    )
  })
})

describe('bytes that are not a record of this release', () => {
  test.each(vectors.unreadable)('because of $why are unreadable', ({ hex }) => {
    expect(() => decodeRecord(Buffer.from(hex, 'hex'))).toThrow(RecordUnreadable)
  })

  test('cut off anywhere in header or meta are unreadable, and never read beyond their end', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), (given, seed) => {
        const bytes = encodeRecord(given)
        const bodyAt = HEADER_BYTES + Buffer.byteLength(given.meta)
        const cut = seed % bodyAt
        expect(() => decodeRecord(bytes.subarray(0, cut))).toThrow(RecordUnreadable)
      }),
    )
  })

  test('with any bits flipped are a record or unreadable, nothing else', () => {
    const anyFlips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 7 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(anyRecord, anyFlips, (given, flips) => {
        const bytes = encodeRecord(given)
        for (const [at, bit] of flips) {
          const position = at % bytes.length
          bytes[position] = (bytes[position] ?? 0) ^ (1 << bit)
        }
        expect(isRecordOrUnreadable(bytes)).toBe(true)
      }),
      { numRuns: effort(5_000).numRuns },
    )
  })

  test('of any other origin are a record or unreadable, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(isRecordOrUnreadable(Buffer.from(bytes))).toBe(true)
        expect(isRecordOrUnreadable(Buffer.concat([Buffer.from([1, 2, 0]), bytes]))).toBe(true)
      }),
      { numRuns: effort(5_000).numRuns },
    )
  })
})

/** True when the bytes read as a record that has a sound form, or are refused as unreadable. */
function isRecordOrUnreadable(bytes: Buffer): boolean {
  try {
    const { state, fence, atMs, token, fingerprint } = decodeRecord(bytes)
    return (
      states.includes(state) &&
      Number.isSafeInteger(fence) &&
      Number.isSafeInteger(atMs) &&
      /^[0-9a-f]{32}$/.test(token) &&
      /^([0-9a-f]{32})?$/.test(fingerprint)
    )
  } catch (error) {
    return error instanceof RecordUnreadable
  }
}
