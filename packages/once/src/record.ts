/** States a record can be in. `released` reads as none: it only remembers how often the operation was tried. */
export type RecordState =
  | 'executing'
  | 'succeeded'
  | 'failed'
  | 'indeterminate'
  | 'exhausted'
  | 'released'
  | 'tombstone'

/** Text as a string; bytes when the codec says that it is not text. A store may give text back as its UTF-8 bytes. */
export type Body = string | Uint8Array

/** One key's record, as every store keeps it. Times are in ms of the store's clock. */
export interface OnceRecord {
  readonly state: RecordState
  /** How many times the operation was claimed in this generation, 1 for the first. */
  readonly attempt: number
  /** Grows with every claim of the key, across expiry, clear and fail-over. */
  readonly fence: number
  /** 128 random bits in hex: who may extend, commit and release. */
  readonly token: string
  /** 128 bits in hex; empty when the claimant gave no payload. */
  readonly fingerprint: string
  /** The effect was declared: never re-run by itself. */
  readonly effect: boolean
  /** Somebody waits: the end of this run is worth a message. */
  readonly waiters: boolean
  /** `executing`: the lease's deadline. Otherwise: when the state was entered. */
  readonly atMs: number
  /** JSON text: the holder while executing, the origin of the outcome afterwards. May be empty. */
  readonly meta: string
  /** How to read the body; 0 means that there is none. */
  readonly codec: number
  /** The outcome; while executing, what completed steps left behind. */
  readonly body: Body
}

export const RECORD_VERSION = 1
export const HEADER_BYTES = 56
export const NO_TOKEN: string = '0'.repeat(32)

/** Wire values of the states. */
export const STATE_CODES: Readonly<Record<RecordState, number>> = {
  executing: 1,
  succeeded: 2,
  failed: 3,
  indeterminate: 4,
  exhausted: 5,
  released: 6,
  tombstone: 7,
}

/** Wire values of the flags. */
const FLAGS = { effect: 1, waiters: 2, fingerprint: 4 } as const

export class RecordUnreadable extends Error {
  override readonly name = 'RecordUnreadable'
}

/**
 * The record as bytes, big-endian:
 * version 1 · state 1 · flags 1 · codec 1 · attempt 2 · meta length 2 · fence 8 · at 8 · token 16 · fingerprint 16 · meta · body
 */
export function encodeRecord(record: OnceRecord): Buffer {
  const meta = Buffer.byteLength(record.meta)
  const body =
    typeof record.body === 'string' ? Buffer.byteLength(record.body) : record.body.byteLength
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + meta + body)
  bytes[0] = RECORD_VERSION
  bytes[1] = STATE_CODES[record.state]
  bytes[2] =
    (record.effect ? FLAGS.effect : 0) |
    (record.waiters ? FLAGS.waiters : 0) |
    (record.fingerprint === '' ? 0 : FLAGS.fingerprint)
  bytes[3] = record.codec
  bytes.writeUInt16BE(record.attempt, 4)
  bytes.writeUInt16BE(meta, 6)
  writeUint53(bytes, record.fence, 8)
  writeUint53(bytes, record.atMs, 16)
  bytes.write(record.token, 24, 16, 'hex')
  if (record.fingerprint === '') bytes.fill(0, 40, 56)
  else bytes.write(record.fingerprint, 40, 16, 'hex')
  if (meta > 0) bytes.write(record.meta, HEADER_BYTES, meta, 'utf8')
  if (typeof record.body === 'string') {
    if (body > 0) bytes.write(record.body, HEADER_BYTES + meta, body, 'utf8')
  } else bytes.set(record.body, HEADER_BYTES + meta)
  return bytes
}

/**
 * Reads a record back.
 *
 * @throws {@link RecordUnreadable} for another version, an unknown state or a truncated record: never a miss.
 */
export function decodeRecord(bytes: Buffer): OnceRecord {
  const version = bytes[0]
  if (version !== RECORD_VERSION) {
    throw new RecordUnreadable(
      `record version ${version ?? 'missing'}, this release reads ${RECORD_VERSION}`,
    )
  }
  if (bytes.length < HEADER_BYTES) {
    throw new RecordUnreadable(
      `record of ${bytes.length} bytes, a header alone has ${HEADER_BYTES}`,
    )
  }
  const state = STATES[bytes[1] ?? 0]
  if (state === undefined)
    throw new RecordUnreadable(`record state ${bytes[1] ?? 'missing'} is unknown`)
  const flags = bytes[2] ?? 0
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new RecordUnreadable(`record flags ${flags} are unknown`)
  const bodyAt = HEADER_BYTES + bytes.readUInt16BE(6)
  if (bodyAt > bytes.length) throw new RecordUnreadable('record is cut off inside its meta section')
  return {
    state,
    attempt: bytes.readUInt16BE(4),
    fence: readUint53(bytes, 8),
    token: bytes.toString('hex', 24, 40),
    fingerprint: flags & FLAGS.fingerprint ? bytes.toString('hex', 40, 56) : '',
    effect: (flags & FLAGS.effect) !== 0,
    waiters: (flags & FLAGS.waiters) !== 0,
    atMs: readUint53(bytes, 16),
    meta: bodyAt === HEADER_BYTES ? '' : bytes.toString('utf8', HEADER_BYTES, bodyAt),
    codec: bytes[3] ?? 0,
    body: bodyAt === bytes.length ? '' : bytes.subarray(bodyAt),
  }
}

const STATES: readonly (RecordState | undefined)[] = [
  undefined,
  'executing',
  'succeeded',
  'failed',
  'indeterminate',
  'exhausted',
  'released',
  'tombstone',
]
const KNOWN_FLAGS = FLAGS.effect | FLAGS.waiters | FLAGS.fingerprint
const TWO_32 = 4_294_967_296

function writeUint53(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32BE(Math.floor(value / TWO_32), offset)
  bytes.writeUInt32BE(value % TWO_32, offset + 4)
}

function readUint53(bytes: Buffer, offset: number): number {
  const value = bytes.readUInt32BE(offset) * TWO_32 + bytes.readUInt32BE(offset + 4)
  if (!Number.isSafeInteger(value)) throw new RecordUnreadable('record holds a number beyond 2^53')
  return value
}
