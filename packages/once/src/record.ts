import { Buffer, isUtf8 } from 'node:buffer'

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

/**
 * A record whose numbers need all their bits.
 *
 * Object literals with the same keys in the same order share a layout, and V8 lays a number out as
 * the first one needs it. This one comes first and stays: had a small `fence` come first, then one
 * large one would leave every later literal behind with an outdated layout, and the encoder would
 * convert record after record, at three times its own cost.
 */
export const WIDEST_RECORD: OnceRecord = {
  state: 'tombstone',
  attempt: 65_535,
  fence: Number.MAX_SAFE_INTEGER,
  token: NO_TOKEN,
  fingerprint: '',
  effect: false,
  waiters: false,
  atMs: Number.MAX_SAFE_INTEGER,
  meta: '',
  codec: 0,
  body: '',
}

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
  const { meta, body } = record
  const most =
    typeof body === 'string' ? HEADER_BYTES + (meta.length + body.length) * UTF8_PER_UNIT : Infinity
  return most > LARGE ? encodeAlone(record) : encodeOnSlab(record, most)
}

/** No UTF-16 unit needs more bytes of UTF-8. */
const UTF8_PER_UNIT = 3
const SLAB_BYTES = 65_536
const LARGE = SLAB_BYTES / 16

let slab: Buffer = Buffer.alloc(0)
let slabUsed = SLAB_BYTES

/**
 * Small records stand one after the other in memory that is allocated for many: the texts are
 * written before their size is known, which spares asking for it. No place is used again.
 */
function encodeOnSlab(record: OnceRecord, most: number): Buffer {
  if (slabUsed + most > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    slabUsed = 0
  }
  const { meta, body } = record
  const start = slabUsed
  const metaAt = start + HEADER_BYTES
  const bodyAt = meta === '' ? metaAt : metaAt + slab.write(meta, metaAt)
  const end = typeof body !== 'string' || body === '' ? bodyAt : bodyAt + slab.write(body, bodyAt)
  writeHeader(slab, start, record, bodyAt - metaAt)
  slabUsed = end
  return slab.subarray(start, end)
}

function encodeAlone(record: OnceRecord): Buffer {
  const { meta, body } = record
  const bodyAt = HEADER_BYTES + Buffer.byteLength(meta)
  const bytes = Buffer.allocUnsafe(bodyAt + Buffer.byteLength(body))
  writeHeader(bytes, 0, record, bodyAt - HEADER_BYTES)
  bytes.write(meta, HEADER_BYTES)
  if (typeof body === 'string') bytes.write(body, bodyAt)
  else bytes.set(body, bodyAt)
  return bytes
}

function writeHeader(bytes: Buffer, start: number, record: OnceRecord, metaBytes: number): void {
  writeHead(bytes, start, record, metaBytes)
  writeIdentity(bytes, start + HEAD_BYTES, record)
}

/** The first part of the header: what many records have in common. */
export const HEAD_BYTES = 24

export function writeHead(
  bytes: Buffer,
  start: number,
  record: OnceRecord,
  metaBytes: number,
): void {
  bytes[start] = RECORD_VERSION
  bytes[start + 1] = STATE_CODES[record.state]
  bytes[start + 2] =
    (record.effect ? FLAGS.effect : 0) |
    (record.waiters ? FLAGS.waiters : 0) |
    (record.fingerprint === '' ? 0 : FLAGS.fingerprint)
  bytes[start + 3] = record.codec
  bytes.writeUInt16BE(record.attempt, start + 4)
  bytes.writeUInt16BE(metaBytes, start + 6)
  writeUint53(bytes, record.fence, start + 8)
  writeUint53(bytes, record.atMs, start + 16)
}

/** The rest of the header: token and fingerprint. */
export const IDENTITY_BYTES: number = HEADER_BYTES - HEAD_BYTES

export function writeIdentity(bytes: Buffer, start: number, record: OnceRecord): void {
  const { token, fingerprint } = record
  bytes.write(token, start, 16, 'hex')
  if (fingerprint !== '') bytes.write(fingerprint, start + 16, 16, 'hex')
  else for (let at = start + 16; at < start + IDENTITY_BYTES; at++) bytes[at] = 0
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
  const hasFingerprint = (flags & FLAGS.fingerprint) !== 0
  // One call out of JavaScript for both.
  const ids = bytes.toString('hex', 24, hasFingerprint ? 56 : 40)
  return {
    state,
    attempt: bytes.readUInt16BE(4),
    fence: readUint53(bytes, 8),
    token: hasFingerprint ? ids.slice(0, 32) : ids,
    fingerprint: ids.slice(32),
    effect: (flags & FLAGS.effect) !== 0,
    waiters: (flags & FLAGS.waiters) !== 0,
    atMs: readUint53(bytes, 16),
    meta: bodyAt === HEADER_BYTES ? '' : metaOf(bytes.subarray(HEADER_BYTES, bodyAt)),
    codec: bytes[3] ?? 0,
    body: bodyAt === bytes.length ? '' : bytes.subarray(bodyAt),
  }
}

/** What is no UTF-8 would grow with each writing, as every stray byte turns into a sign of three. */
function metaOf(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') && !isUtf8(bytes) ? '' : text
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
