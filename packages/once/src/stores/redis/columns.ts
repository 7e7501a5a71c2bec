import type { RedisArg } from '@oncekit/redis'

import { HEAD_BYTES, IDENTITY_BYTES, writeHead, writeIdentity } from '../../record.ts'
import type { OnceRecord } from '../../record.ts'

/** A proto-record that is on its way to its column. */
export interface Row {
  readonly proto: OnceRecord
  /** The same object for rows that ask for the same. */
  readonly head: Buffer
}

/** Makes rows; one head serves all that ask for the same one after the other. */
export class Rows {
  #last: Row | undefined

  /** @throws RangeError for numbers and texts that no record can hold */
  of(proto: OnceRecord): Row {
    const last = this.#last
    if (last !== undefined && asksForTheSame(proto, last.proto)) return { proto, head: last.head }
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    writeHead(head, 0, proto, Buffer.byteLength(proto.meta))
    return (this.#last = { proto, head })
  }
}

/**
 * A batch as the arguments of a script that reads it in columns:
 *
 * ARGV[1]     heads; only one when all are alike
 * ARGV[2]     identities, which are token and fingerprint
 * ARGV[3 …]   contents, which are meta and body; only one when all are alike
 *
 * A server's cost is by the string: it makes two of every argument, and Lua another of every part.
 */
export function toColumns(rows: readonly Row[]): RedisArg[] {
  // Filled, so that a token too short leaves nothing of this process in it.
  const identities = Buffer.alloc(rows.length * IDENTITY_BYTES)
  const columns: RedisArg[] = [headsOf(rows), identities]
  const first = rows[0] && contentOf(rows[0].proto)
  let alike = true
  let end = 0
  for (const { proto } of rows) {
    writeIdentity(identities, end, proto)
    end += IDENTITY_BYTES
    const content = contentOf(proto)
    alike &&= content === first
    columns.push(content)
  }
  return alike ? columns.slice(0, 3) : columns
}

function headsOf(rows: readonly Row[]): Buffer {
  const first = rows[0]?.head ?? Buffer.alloc(0)
  if (rows.every(({ head }) => head === first)) return first
  return Buffer.concat(rows.map(({ head }) => head))
}

function contentOf({ meta, body }: OnceRecord): RedisArg {
  if (meta === '') return body
  if (typeof body === 'string') return meta + body
  return Buffer.concat([Buffer.from(meta), body])
}

/** Whether the heads are equal: all but what tells one caller from another. */
function asksForTheSame(one: OnceRecord, other: OnceRecord): boolean {
  return (
    one.state === other.state &&
    one.codec === other.codec &&
    one.meta === other.meta &&
    one.fence === other.fence &&
    one.atMs === other.atMs &&
    one.attempt === other.attempt &&
    one.waiters === other.waiters &&
    one.effect === other.effect &&
    (one.fingerprint === '') === (other.fingerprint === '')
  )
}
