/**
 * The record of protocol version 1, read and written by `docs/protocol.md` alone: what a client of another release, or in another
 * language, would do. It shares no code with the package, so that both can be held against each other.
 */

/** A record as the page names its fields. Numbers of the header stay numbers of the protocol. */
export interface OldRecord {
  readonly state: number
  readonly flags: number
  readonly codec: number
  readonly attempt: number
  readonly fence: bigint
  readonly at: bigint
  /** Hexadecimal. */
  readonly token: string
  readonly fingerprint: string
  readonly meta: string
  /** Hexadecimal. */
  readonly body: string
}

/** Why a record is refused, in the order in which the page names it. */
export type Refusal = 'version' | 'length' | 'state' | 'flag' | 'meta' | 'number'

export const STATES: readonly string[] = [
  ...['', 'executing', 'succeeded', 'failed', 'indeterminate', 'exhausted', 'released'],
  'tombstone',
]
export const FLAG: { readonly effect: 1; readonly waiters: 2; readonly fingerprint: 4 } = {
  effect: 1,
  waiters: 2,
  fingerprint: 4,
}

export function readOld(bytes: Uint8Array): OldRecord | Refusal {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes[0] !== 1) return 'version'
  if (bytes.length < 56) return 'length'
  const [state, flags, codec] = [view.getUint8(1), view.getUint8(2), view.getUint8(3)]
  if (state < 1 || state > 7) return 'state'
  if (flags > 7) return 'flag'
  const bodyAt = 56 + view.getUint16(6)
  if (bodyAt > bytes.length) return 'meta'
  const [fence, at] = [view.getBigUint64(8), view.getBigUint64(16)]
  if (fence >= 2n ** 53n || at >= 2n ** 53n) return 'number'
  const part = (from: number, to: number): Buffer => Buffer.from(bytes.slice(from, to))
  return {
    ...{ state, flags, codec, fence, at },
    attempt: view.getUint16(4),
    token: part(24, 40).toString('hex'),
    fingerprint: part(40, 56).toString('hex'),
    meta: textOf(part(56, bodyAt)),
    body: part(bodyAt, bytes.length).toString('hex'),
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return ''
  }
}

export function writeOld(record: OldRecord): Buffer {
  const meta = Buffer.from(record.meta)
  const header = new DataView(new ArrayBuffer(24))
  header.setUint8(0, 1)
  header.setUint8(1, record.state)
  header.setUint8(2, record.flags)
  header.setUint8(3, record.codec)
  header.setUint16(4, record.attempt)
  header.setUint16(6, meta.length)
  header.setBigUint64(8, record.fence)
  header.setBigUint64(16, record.at)
  return Buffer.concat([
    Buffer.from(header.buffer),
    Buffer.from(record.token + record.fingerprint, 'hex'),
    meta,
    Buffer.from(record.body, 'hex'),
  ])
}

/** CRC-32 as in zlib, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0)
  }
  return (crc ^ 0xffff_ffff) >>> 0
}

export interface OldName {
  readonly storageKey: string
  readonly bucketTag: string
  /** With all that is escaped. */
  readonly prefix: string
  readonly suffix: string
}

export function nameOld(prefix: string, key: string, scope?: string): OldName {
  const suffix = scope === undefined ? `:${key}` : `@${escaped(scope)}:${key}`
  const bucket = String(crc32(Buffer.from(suffix)) % 256).padStart(3, '0')
  const bucketTag = `{${escaped(prefix)}:${bucket}}`
  return { storageKey: bucketTag + suffix, bucketTag, prefix: escaped(prefix), suffix }
}

function escaped(part: string): string {
  const code = { '%': '%25', '{': '%7B', '}': '%7D', ':': '%3A', '@': '%40' } as const
  return part.replace(/[%{}:@]/g, (char) => code[char as keyof typeof code])
}
