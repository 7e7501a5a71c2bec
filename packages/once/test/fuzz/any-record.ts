import fc from 'fast-check'

import { encodeResult } from '../../src/codec/index.ts'
import { encodeRecord, STATE_CODES } from '../../src/record.ts'
import type { RecordState } from '../../src/record.ts'
import { vectors } from '../vectors.ts'

const FAR_MS = 4_000_000_000_000

const hex128 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'))

const result = fc.anything().map((value) => encodeResult(value))

/** Records as this release writes them, of every state, with leases long over and long to go. */
const writtenHere: fc.Arbitrary<Buffer> = fc
  .record({
    state: fc.constantFrom(...(Object.keys(STATE_CODES) as RecordState[])),
    attempt: fc.constantFrom(1, 2, 65_535),
    fence: fc.integer({ min: 1, max: 1_700_000_000_000_000 }),
    token: hex128,
    fingerprint: fc.oneof(fc.constant(''), hex128),
    effect: fc.boolean(),
    waiters: fc.boolean(),
    // Over, and to go, by any clock that a store may have.
    atMs: fc.constantFrom(0, FAR_MS),
    meta: fc.constantFrom(
      '',
      '{"host":"h","pid":1,"ttl":60000}',
      '{"host":"hôte"}',
      'no JSON',
      'é'.repeat(600),
    ),
    result,
  })
  .map(({ result: { codec, body }, ...rest }) => encodeRecord({ ...rest, codec, body }))

/** Bytes of a sound record. */
export const anySoundRecord: fc.Arbitrary<Buffer> = fc.oneof(
  fc.constantFrom(...vectors.records).map(({ hex }) => Buffer.from(hex, 'hex')),
  writtenHere,
)
