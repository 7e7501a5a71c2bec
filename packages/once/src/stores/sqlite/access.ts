import type { DatabaseSync, StatementSync } from 'node:sqlite'

import { nextFence } from '../../machine.ts'
import type { Write } from '../../machine.ts'
import type { HostClock } from './host-clock.ts'
import type { OwnRun } from './own-runs.ts'
import { prepare, RecordTable } from './records.ts'
import type { Instant, Put, Row } from './records.ts'

/** One look at the database. */
export interface Snapshot {
  readonly records: RecordTable
  readonly now: Instant
}

/** A transaction that holds the write lock. */
export interface Transaction extends Snapshot {
  /** What a claim granted now gets. */
  readonly fence: number
  put(name: string, row: Row | undefined, write: Write): void
  /** False when there is a row of that name, and nothing was done. */
  insert(name: string, write: Put): boolean
  /** False when the row is not as `run` knows it, and nothing was done. */
  replaceOwn(run: OwnRun, write: Put): boolean
  /** Whether it is still going on: SQLite ends it by itself on some errors (sqlite.org/lang_transaction.html). */
  readonly isOpen: boolean
}

/** One connection's transactions. Each runs from BEGIN to COMMIT without giving the thread away. */
export class Access {
  readonly #db: DatabaseSync
  readonly #clock: HostClock
  readonly #epoch: number
  readonly #records: RecordTable
  readonly #fence: FenceCounter
  readonly #begin: StatementSync
  readonly #beginImmediate: StatementSync
  readonly #commit: StatementSync

  constructor(db: DatabaseSync, clock: HostClock, epoch: number) {
    this.#db = db
    this.#clock = clock
    this.#epoch = epoch
    this.#records = new RecordTable(db)
    this.#fence = new FenceCounter(db)
    this.#begin = db.prepare('BEGIN')
    this.#beginImmediate = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
  }

  now(): Instant {
    return { leaseMs: this.#clock.monotonic(), wallMs: this.#clock.now(), epoch: this.#epoch }
  }

  /** Looks without the write lock. `several` looks share one snapshot, and one read lock. */
  read<T>(looks: 'one' | 'several', look: (snapshot: Snapshot) => T): T {
    const snapshot: Snapshot = { records: this.#records, now: this.now() }
    if (looks === 'one') return look(snapshot)
    this.#begin.run()
    try {
      return look(snapshot)
    } finally {
      this.#rollback()
    }
  }

  /**
   * Runs `work` under the write lock and commits it.
   *
   * @throws SQLite's SQLITE_BUSY before `work` when another process has the lock; otherwise an error after which nothing is kept.
   */
  write<T>(work: (transaction: Transaction) => T): T {
    this.#beginImmediate.run()
    try {
      const transaction = new OpenTransaction(this.#db, this.#records, this.#fence, this.now())
      const result = work(transaction)
      transaction.finish()
      this.#commit.run()
      return result
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  #rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
  }
}

class OpenTransaction implements Transaction {
  readonly records: RecordTable
  readonly now: Instant
  readonly #db: DatabaseSync
  readonly #counter: FenceCounter
  #lastFence: number | undefined
  #isFenceUsed = false

  constructor(db: DatabaseSync, records: RecordTable, counter: FenceCounter, now: Instant) {
    this.#db = db
    this.records = records
    this.#counter = counter
    this.now = now
  }

  get isOpen(): boolean {
    return this.#db.isTransaction
  }

  get fence(): number {
    this.#lastFence ??= this.#counter.read()
    return nextFence(this.#lastFence, this.now.wallMs)
  }

  put(name: string, row: Row | undefined, write: Write): void {
    this.records.apply(name, row, write, this.now)
    if (write.kind === 'put') this.#noteFence(write.record.fence)
  }

  insert(name: string, write: Put): boolean {
    if (!this.records.insert(name, write, this.now)) return false
    this.#noteFence(write.record.fence)
    return true
  }

  /** The fence is the one that the run began with. */
  replaceOwn(run: OwnRun, write: Put): boolean {
    return this.records.replaceOwn(run, write, this.now)
  }

  /** One update of the counter however many claims were granted. */
  finish(): void {
    if (this.#isFenceUsed && this.#lastFence !== undefined) this.#counter.write(this.#lastFence)
  }

  #noteFence(fence: number): void {
    if (this.#lastFence === undefined || fence <= this.#lastFence) return
    this.#lastFence = fence
    this.#isFenceUsed = true
  }
}

class FenceCounter {
  readonly #read: StatementSync
  readonly #write: StatementSync

  constructor(db: DatabaseSync) {
    this.#read = prepare(db, 'SELECT last_fence FROM host')
    this.#write = db.prepare('UPDATE host SET last_fence = ?')
  }

  read(): number {
    const row: unknown = this.#read.get()
    const last: unknown = Array.isArray(row) ? row[0] : undefined
    if (typeof last !== 'number') throw new TypeError('the row that counts fences is missing')
    return last
  }

  write(last: number): void {
    this.#write.run(last)
  }
}
