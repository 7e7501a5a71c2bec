import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { storageKey } from '../src/key.ts'
import { decodeRecord, RecordUnreadable } from '../src/record.ts'
import type { OnceRecord } from '../src/record.ts'
import { damaged, damages } from './fuzz/damages.ts'
import { FLAG, nameOld, readOld, STATES, writeOld } from './mixed-versions-record.ts'
import type { OldRecord, Refusal } from './mixed-versions-record.ts'
import { vectors } from './vectors.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('{', '}', ':', '@', '%', '0', 'a') }),
)

describe('an independent reader of the protocol page', () => {
  test.each(vectors.records)('reads and writes the vector of $name', ({ record, hex }) => {
    const bytes = Buffer.from(hex, 'hex')
    const read = wellRead(bytes)
    expect(STATES[read.state]).toBe(record.state)
    expect(Number(read.fence)).toBe(record.fence)
    expect(read.token).toBe(record.token)
    expect(writeOld(read).equals(bytes)).toBe(true)
  })

  test.each(vectors.unreadable)('refuses the vector of $why', ({ hex }) => {
    expect(typeof readOld(Buffer.from(hex, 'hex'))).toBe('string')
  })

  test.each(vectors.keys)('names $prefix, $scope and $key as the vector', (vector) => {
    expect(nameOld(vector.prefix, vector.key, vector.scope).storageKey).toBe(vector.storageKey)
  })

  test('and this release name every tuple alike', () => {
    fc.assert(
      fc.property(
        anyText.filter((prefix) => prefix !== ''),
        fc.option(anyText, { nil: undefined }),
        anyText,
        (prefix, scope, key) => {
          expect(nameOld(prefix, key, scope).storageKey).toBe(storageKey(prefix, key, scope))
        },
      ),
      effort(500),
    )
  })

  test('and this release read alike whatever single bit of a vector was flipped', () => {
    const unlike: string[] = []
    for (const { hex } of vectors.records) {
      const bytes = Buffer.from(hex, 'hex')
      for (let at = 0; at < bytes.length; at++) {
        for (let bit = 0; bit < 8; bit++) {
          const flipped = bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit))
          if (!isReadAlike(flipped)) unlike.push(Buffer.from(flipped).toString('hex'))
        }
      }
    }
    expect(unlike).toEqual([])
  })

  test('and this release read alike a vector cut off or drawn out anywhere', () => {
    const unlike: string[] = []
    for (const { hex } of [...vectors.records, ...vectors.unreadable]) {
      const bytes = Buffer.from(hex, 'hex')
      const others = [1, 56, 65_536].map((more) => Buffer.concat([bytes, Buffer.alloc(more, 0x31)]))
      for (let end = 0; end <= bytes.length; end++) others.push(bytes.subarray(0, end))
      for (const other of others) if (!isReadAlike(other)) unlike.push(other.toString('hex'))
    }
    expect(unlike).toEqual([])
  })

  test('and this release read alike what is damaged in several ways at once', () => {
    fc.assert(
      fc.property(fc.constantFrom(...vectors.records), damages, ({ hex }, ways) => {
        expect(isReadAlike(damaged(Buffer.from(hex, 'hex'), ways))).toBe(true)
      }),
      effort(3_000),
    )
  })
})

/** Both refuse, or both read the same. */
function isReadAlike(bytes: Uint8Array): boolean {
  const old = readOld(bytes)
  try {
    const read = decodeRecord(Buffer.from(bytes))
    return typeof old !== 'string' && isSame(read, old)
  } catch (error) {
    return typeof old === 'string' && error instanceof RecordUnreadable
  }
}

function isSame(read: OnceRecord, old: OldRecord): boolean {
  return (
    read.state === STATES[old.state] &&
    read.attempt === old.attempt &&
    BigInt(read.fence) === old.fence &&
    BigInt(read.atMs) === old.at &&
    read.token === old.token &&
    read.fingerprint === (old.flags & FLAG.fingerprint ? old.fingerprint : '') &&
    read.effect === Boolean(old.flags & FLAG.effect) &&
    read.waiters === Boolean(old.flags & FLAG.waiters) &&
    read.meta === old.meta &&
    read.codec === old.codec &&
    Buffer.from(read.body).toString('hex') === old.body
  )
}

function wellRead(bytes: Buffer): OldRecord {
  const read: OldRecord | Refusal = readOld(bytes)
  if (typeof read === 'string') throw new Error(`refused for its ${read}`)
  return read
}
