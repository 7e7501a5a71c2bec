import type { DatabaseSync, StatementSync } from 'node:sqlite'

import type { Write } from '../../machine.ts'
import { decodeRecord, encodeRecord, RecordUnreadable } from '../../record.ts'
import type { OnceRecord } from '../../record.ts'
import type { StoredRecord } from '../../store.ts'
import { OwnRuns } from './own-runs.ts'
import type { OwnRun } from './own-runs.ts'

/** This process's clocks at one instant, and the boot that the first counts from. */
export interface Instant {
  readonly leaseMs: number
  readonly wallMs: number
  readonly epoch: number
}

export interface Row {
  readonly id: number
  readonly record: OnceRecord
  /** By the wall clock; `null`: never. */
  readonly expiresAtMs: number | null
}

/** What a verb writes anew. */
export type Put = Write & { readonly kind: 'put' }

/** The table of records: rows in and out, and what a row is worth at an instant. */
export class RecordTable {
  readonly #find: StatementSync
  readonly #range: StatementSync
  readonly #insert: StatementSync
  readonly #replace: StatementSync
  readonly #replaceSame: StatementSync
  readonly #amend: StatementSync
  readonly #expire: StatementSync
  readonly #remove: StatementSync
  readonly #removeNamed: StatementSync
  readonly #ownRuns = new OwnRuns()

  constructor(db: DatabaseSync) {
    const columns = 'id, expires_at, epoch, record'
    this.#find = prepare(db, `SELECT ${columns} FROM records WHERE name = ?`)
    this.#range = prepare(db, `SELECT ${columns}, name FROM records WHERE name >= ? ORDER BY name`)
    this.#insert = prepare(
      db,
      'INSERT INTO records(name, expires_at, epoch, record) VALUES (?, ?, ?, ?) ON CONFLICT(name) DO NOTHING',
    )
    const replace = 'UPDATE records SET expires_at = ?, epoch = ?, record = ? WHERE id = ?'
    this.#replace = prepare(db, replace)
    this.#replaceSame = prepare(db, `${replace} AND record = ?`)
    this.#amend = prepare(db, 'UPDATE records SET record = ? WHERE id = ?')
    this.#expire = prepare(db, 'UPDATE records SET expires_at = ? WHERE id = ?')
    this.#remove = prepare(db, 'DELETE FROM records WHERE id = ?')
    this.#removeNamed = prepare(db, 'DELETE FROM records WHERE name = ?')
  }

  /** The row of this name, dead ones included: see {@link isLive}. */
  find(name: string, now: Instant): Row | undefined {
    const columns: unknown = this.#find.get(name)
    return columns === undefined ? undefined : toRow(columns, now)
  }

  /** {@link RecordTable.find}, with an unreadable row as its error. */
  tryFind(name: string, now: Instant): Row | RecordUnreadable | undefined {
    const columns: unknown = this.#find.get(name)
    return columns === undefined ? undefined : tryRow(columns, now)
  }

  /** Rows from `name` on, in the order of their names. An unreadable one is given as its error. */
  *from(
    name: string,
    now: Instant,
  ): IterableIterator<{ name: string; bytes: number; row: Row | RecordUnreadable }> {
    for (const columns of this.#range.iterate(name) as Iterable<unknown>) {
      if (!Array.isArray(columns)) continue
      const found: unknown = columns[4]
      yield { name: String(found), bytes: sizeOf(columns[3]), row: tryRow(columns, now) }
    }
  }

  /**
   * The run that this process began with `token`, if it is known and its lease goes on: then the row lives whatever its expiry, should
   * it still be the same.
   */
  ownRun(name: string, token: string, now: Instant): OwnRun | undefined {
    const run = this.#ownRuns.take(name, token)
    return run !== undefined && run.record.atMs > now.leaseMs ? run : undefined
  }

  /** False when the row is not as `run` knows it, and nothing was done. */
  replaceOwn(run: OwnRun, { record, expiresInMs }: Put, now: Instant): boolean {
    const { id, name } = run
    const bytes = encode(record)
    const done = this.#replaceSame.run(
      expiry(expiresInMs, now),
      epochOf(record, now),
      bytes,
      id,
      run.bytes,
    )
    if (done.changes !== 1) return false
    this.#ownRuns.keep({ id, name, record, bytes })
    return true
  }

  /** False when the name is there already, and nothing was done. */
  insert(name: string, { record, expiresInMs }: Put, now: Instant): boolean {
    const bytes = encode(record)
    const done = this.#insert.run(name, expiry(expiresInMs, now), epochOf(record, now), bytes)
    if (done.changes !== 1) return false
    this.#ownRuns.keep({ id: Number(done.lastInsertRowid), name, record, bytes })
    return true
  }

  apply(name: string, row: Row | undefined, write: Write, now: Instant): void {
    if (row === undefined) {
      if (write.kind === 'put') this.insert(name, write, now)
      return
    }
    switch (write.kind) {
      case 'put': {
        const { record } = write
        const bytes = encode(record)
        this.#replace.run(expiry(write.expiresInMs, now), epochOf(record, now), bytes, row.id)
        this.#ownRuns.keep({ id: row.id, name, record, bytes })
        return
      }
      case 'amend':
        this.#amend.run(encode(write.record), row.id)
        return
      case 'expire':
        this.#expire.run(expiry(write.expiresInMs, now), row.id)
        return
      case 'remove':
        this.#remove.run(row.id)
        return
      default:
        write satisfies never
    }
  }

  /** For a row that cannot be read. */
  removeNamed(name: string): void {
    this.#removeNamed.run(name)
  }
}

/** An executing record lives as long as its lease, whatever the wall clock says. */
export function isLive(row: Row, now: Instant): boolean {
  if (row.expiresAtMs === null || row.expiresAtMs > now.wallMs) return true
  return row.record.state === 'executing' && row.record.atMs > now.leaseMs
}

export function stored(row: Row, now: Instant): StoredRecord {
  const { record, expiresAtMs } = row
  const leaseLeftMs = record.state === 'executing' ? record.atMs - now.leaseMs : 0
  return {
    record,
    expiresInMs: expiresAtMs === null ? undefined : Math.max(expiresAtMs - now.wallMs, leaseLeftMs),
    leaseLeftMs,
  }
}

export function prepare(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql)
  statement.setReturnArrays(true)
  return statement
}

function tryRow(columns: unknown, now: Instant): Row | RecordUnreadable {
  try {
    return toRow(columns, now)
  } catch (error) {
    if (error instanceof RecordUnreadable) return error
    throw error
  }
}

function toRow(columns: unknown, now: Instant): Row {
  if (!Array.isArray(columns)) throw new RecordUnreadable('the row is not what was asked for')
  const [id, expiresAtMs, epoch, bytes]: unknown[] = columns
  if (
    typeof id !== 'number' ||
    !(bytes instanceof Uint8Array) ||
    !(expiresAtMs === null || typeof expiresAtMs === 'number')
  ) {
    throw new RecordUnreadable('a column holds another type than this release writes')
  }
  const record = decodeRecord(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  // A lease by the clock of an earlier boot is over, wherever that clock stood.
  const isOver = record.state === 'executing' && epoch !== now.epoch
  return { id, record: isOver ? { ...record, atMs: 0 } : record, expiresAtMs }
}

/** The record counts whole ms; a deadline is rounded up, so that the store never calls a lease over before its owner does. */
function encode(record: OnceRecord): Buffer {
  return encodeRecord(
    Number.isInteger(record.atMs) ? record : { ...record, atMs: Math.ceil(record.atMs) },
  )
}

function expiry(expiresInMs: number | undefined, now: Instant): number | null {
  if (expiresInMs === undefined) return null
  return Math.min(Math.ceil(now.wallMs + expiresInMs), Number.MAX_SAFE_INTEGER)
}

function epochOf(record: OnceRecord, now: Instant): number | null {
  return record.state === 'executing' ? now.epoch : null
}

function sizeOf(value: unknown): number {
  return value instanceof Uint8Array ? value.byteLength : 0
}
