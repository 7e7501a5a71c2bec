import type { DatabaseSync, StatementSync } from 'node:sqlite'

import { RecordUnreadable } from '../../record.ts'
import type { Access, Snapshot } from './access.ts'
import { isLive, prepare } from './records.ts'

/** Rows that one transaction deletes: each may be a page of its own to write. */
const MAX_DELETED = 250
/** Rows that one walk for abandoned runs looks past. */
const WALK_ROWS = 2000
const SOON_MS = 50

export interface SweeperOptions {
  readonly db: DatabaseSync
  readonly access: Access
  readonly intervalMs: number
  /** Whether others need the database more just now. */
  isBusy(): boolean
}

/**
 * Deletes what has expired, a slice at a time. Expired outcomes are found by their index; a run whose owner died is in no index, and
 * is found by a slow walk over the table.
 */
export class Sweeper {
  readonly #access: Access
  readonly #intervalMs: number
  readonly #isBusy: () => boolean
  readonly #expired: StatementSync
  readonly #stepEnd: StatementSync
  readonly #executing: StatementSync
  readonly #delete: StatementSync
  #timer: NodeJS.Timeout | undefined
  #walkedTo = 0

  constructor(options: SweeperOptions) {
    const { db, access, intervalMs } = options
    this.#access = access
    this.#intervalMs = intervalMs
    this.#isBusy = () => options.isBusy()
    this.#expired = prepare(
      db,
      'SELECT id FROM records WHERE epoch IS NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?',
    )
    this.#stepEnd = prepare(
      db,
      'SELECT max(id) FROM (SELECT id FROM records WHERE id > ? ORDER BY id LIMIT ?)',
    )
    this.#executing = prepare(
      db,
      'SELECT id, name FROM records WHERE id > ? AND id <= ? AND epoch IS NOT NULL AND expires_at <= ?',
    )
    this.#delete = prepare(db, 'DELETE FROM records WHERE id = ?')
  }

  start(): void {
    // Processes that were started together do not sweep together.
    this.#arm(this.#intervalMs * (0.5 + Math.random() / 2))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(
      () => this.#arm(this.#sweep() ? SOON_MS : this.#intervalMs),
      delayMs,
    ).unref()
  }

  /** Whether there is more to do soon. */
  #sweep(): boolean {
    if (this.#isBusy()) return true
    try {
      const more = this.#deleteExpired()
      this.#deleteAbandoned()
      return more
    } catch {
      // Locked by another process, or something that callers will be told of: sweeping can wait.
      return false
    }
  }

  #deleteExpired(): boolean {
    const find = ({ now }: Snapshot): unknown[] => this.#expired.all(now.wallMs, MAX_DELETED)
    if (this.#access.read('one', find).length === 0) return false
    return this.#access.write((transaction) => {
      const rows = find(transaction)
      for (const row of rows) if (Array.isArray(row)) this.#delete.run(numberOf(row[0]))
      return rows.length === MAX_DELETED
    })
  }

  #deleteAbandoned(): void {
    const from = this.#walkedTo
    const end = this.#access.read('one', () => this.#stepEnd.get(from, WALK_ROWS) as unknown)
    const to: unknown = Array.isArray(end) ? end[0] : undefined
    // Past the last row: begin anew.
    this.#walkedTo = typeof to === 'number' ? to : 0
    if (typeof to !== 'number') return
    const find = ({ now }: Snapshot): unknown[] => this.#executing.all(from, to, now.wallMs)
    if (this.#access.read('one', find).length === 0) return
    this.#access.write((transaction) => {
      for (const found of find(transaction)) {
        if (!Array.isArray(found)) continue
        const row = transaction.records.tryFind(String(found[1]), transaction.now)
        if (row === undefined || row instanceof RecordUnreadable) continue
        // The wall clock may have jumped while the lease is still live.
        if (!isLive(row, transaction.now)) this.#delete.run(row.id)
      }
    })
  }
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError('a row id is not a number')
  return value
}
