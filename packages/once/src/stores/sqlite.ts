import { statfs, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'

import type { Health } from '@oncekit/core'

import { OnceError } from '../errors.ts'
import * as machine from '../machine.ts'
import { RecordUnreadable } from '../record.ts'
import type {
  ClaimAnswer,
  ClaimRequest,
  CommitAnswer,
  CommitRequest,
  ExtendAnswer,
  ExtendRequest,
  OnceStore,
  ReleaseAnswer,
  ReleaseRequest,
  RemoveAnswer,
  RemoveExpectation,
  ScanPage,
  ScanRequest,
  StoredRecord,
  StoreTraits,
  TouchAnswer,
  WatchListener,
} from '../store.ts'
import { Access } from './sqlite/access.ts'
import type { Snapshot } from './sqlite/access.ts'
import { ChangeFeed } from './sqlite/changes.ts'
import { closedFailure, storeFailure } from './sqlite/failure.ts'
import { GroupCommit } from './sqlite/group-commit.ts'
import { systemHostClock } from './sqlite/host-clock.ts'
import type { HostClock } from './sqlite/host-clock.ts'
import { FileIdentity } from './sqlite/identity.ts'
import { locate } from './sqlite/location.ts'
import { nameOf } from './sqlite/name.ts'
import { openDatabase } from './sqlite/open.ts'
import { isLive, stored } from './sqlite/records.ts'
import { scanPage } from './sqlite/scan.ts'
import { Sweeper } from './sqlite/sweeper.ts'
import { LookTask, VerbTask } from './sqlite/task.ts'
import type { VerbHost, VerbOptions } from './sqlite/task.ts'

export type { HostClock } from './sqlite/host-clock.ts'

export interface SqliteStoreOptions {
  /** The database file; created when missing, in a folder that exists. */
  readonly path: string
  /** Every call is answered by then, in ms. */
  readonly storeTimeoutMs: number
  /**
   * `full`: an answered step survives the loss of power. `normal`: that of the process only; no fsync per transaction.
   * @defaultValue `full`
   */
  readonly synchronous?: 'full' | 'normal'
  /** How often expired records are looked for, in ms. @defaultValue 30 seconds */
  readonly cleanupIntervalMs?: number
  /** @defaultValue the clock of this host */
  readonly clock?: HostClock
  /** Gives up opening. */
  readonly signal?: AbortSignal
}

/**
 * Records in a SQLite file, for the processes of one host.
 *
 * Steps of one turn of the event loop share a transaction. Reads and replays never wait for the write lock. Leases count by the host's
 * monotonic clock, so they are over after a boot; how long outcomes are kept counts by the wall clock. SQLite runs on the calling
 * thread: a disk that hangs in fsync holds it up, another process's lock does not.
 */
export class SqliteOnceStore implements OnceStore {
  readonly traits: StoreTraits
  readonly address: string

  readonly #path: string
  readonly #timeoutMs: number
  readonly #synchronous: 'full' | 'normal'
  readonly #clock: HostClock
  readonly #db: DatabaseSync
  readonly #files: FileIdentity
  readonly #access: Access
  readonly #tasks: GroupCommit
  readonly #changes: ChangeFeed
  readonly #sweeper: Sweeper
  readonly #verbs: VerbHost = {
    onDone: (key, { wake, write }) => {
      if (wake === true) this.#changes.wake(key, write?.kind === 'put' ? write.record : undefined)
    },
    onFail: (error, key) => this.#toOnceError(error, key),
  }
  #closing: Promise<void> | undefined

  /**
   * Opens the file, or creates it.
   *
   * @throws {@link OnceError} `ONCE_INVALID_CONFIG`: no such folder, no permission, a network file system, a file of another program or
   *   of another release. `ONCE_STORE_UNAVAILABLE`: locked for as long as `storeTimeoutMs`.
   */
  static async open(options: SqliteStoreOptions): Promise<SqliteOnceStore> {
    const clock = options.clock ?? (await systemHostClock())
    const path = await locate(options.path)
    const synchronous = options.synchronous ?? 'full'
    const { db, epoch } = await openDatabase({
      path,
      timeoutMs: options.storeTimeoutMs,
      synchronous,
      clock,
      signal: options.signal,
    })
    return new SqliteOnceStore({ ...options, path, synchronous, clock }, db, epoch)
  }

  private constructor(
    options: SqliteStoreOptions & Required<Pick<SqliteStoreOptions, 'synchronous' | 'clock'>>,
    db: DatabaseSync,
    epoch: number,
  ) {
    const { path, synchronous, clock } = options
    this.traits = {
      name: 'sqlite',
      shared: 'host',
      survivesRestart: true,
      durability: synchronous === 'full' ? 'disk' : 'async',
    }
    this.address = `sqlite:${path}`
    this.#path = path
    this.#timeoutMs = options.storeTimeoutMs
    this.#synchronous = synchronous
    this.#clock = clock
    this.#db = db
    this.#access = new Access(db, clock, epoch)
    this.#files = new FileIdentity(path)
    this.#tasks = new GroupCommit({
      path,
      access: this.#access,
      check: (nowMs) => this.#files.failure(nowMs),
    })
    this.#changes = new ChangeFeed({ path, db, access: this.#access })
    this.#sweeper = new Sweeper({
      db,
      access: this.#access,
      intervalMs: options.cleanupIntervalMs ?? 30_000,
      isBusy: () => this.#tasks.isBehind,
    })
    this.#sweeper.start()
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.#verb(request.key, {
      bytes: request.holder.length + (request.outcome?.body.length ?? 0),
      need: 'either',
      act: (record, now, fences) => machine.claim(record, request, now, fences.fence),
    })
  }

  extend(request: ExtendRequest): Promise<ExtendAnswer> {
    return this.#verb(request.key, {
      bytes: request.patch?.progress?.body.length ?? 0,
      owner: request.token,
      act: (record, now) => machine.extend(record, request, now),
    })
  }

  commit(request: CommitRequest): Promise<CommitAnswer> {
    return this.#verb(request.key, {
      bytes: request.meta.length + request.outcome.body.length,
      owner: request.token,
      act: (record, now) => machine.commit(record, request, now),
    })
  }

  release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return this.#verb(request.key, {
      owner: request.token,
      act: (record, now) => machine.release(record, request, now),
    })
  }

  touch(key: string, ttlMs: number): Promise<TouchAnswer> {
    return this.#verb(key, { act: (record) => machine.touch(record, ttlMs) })
  }

  remove(key: string, expect?: RemoveExpectation): Promise<RemoveAnswer> {
    return this.#verb<RemoveAnswer>(key, {
      act: (record, now) => machine.remove(record, expect, now),
      // By force also what cannot be read goes: nobody could get rid of it otherwise.
      force: expect === undefined ? { answer: 'removed', wake: true } : undefined,
    })
  }

  read(key: string): Promise<StoredRecord | undefined> {
    let name: string
    try {
      name = nameOf(key)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#look(key, ({ records, now }) => {
      const row = records.find(name, now)
      return row !== undefined && isLive(row, now) ? stored(row, now) : undefined
    })
  }

  scan(request: ScanRequest): Promise<ScanPage> {
    return this.#look(undefined, (snapshot) => scanPage(snapshot, request))
  }

  async watch(key: string, listener: WatchListener): Promise<() => void> {
    if (this.#closing !== undefined) throw closedFailure()
    nameOf(key)
    return this.#changes.add(key, listener)
  }

  async health(): Promise<Health> {
    if (this.#closing !== undefined)
      return { status: 'unhealthy', details: { path: this.#path, problem: 'closed' } }
    const [bytes, walBytes, freeBytes] = await Promise.all([
      sizeOf(this.#path),
      sizeOf(`${this.#path}-wal`),
      freeSpace(dirname(this.#path)),
    ])
    const problem = await this.#problem(freeBytes)
    return {
      status: problem === undefined ? 'healthy' : problem.isFatal ? 'unhealthy' : 'degraded',
      details: {
        path: this.#path,
        bytes,
        walBytes,
        freeBytes,
        synchronous: this.#synchronous,
        bootId: this.#clock.bootId === undefined ? 'unknown on this platform' : 'known',
        waiting: this.#tasks.waiting,
        watching: this.#changes.source,
        ...(problem === undefined ? {} : { problem: problem.message }),
      },
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#sweeper.stop()
    await this.#tasks.close()
    this.#changes.close()
    try {
      // With a busy timeout of 0 this takes what it can get; other processes go on with the rest.
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Nothing is lost: the WAL is read by whoever opens the file next.
    }
    this.#db.close()
  }

  #verb<Answer>(key: string, verb: Verb<Answer>): Promise<Answer> {
    if (this.#closing !== undefined) return Promise.reject(closedFailure())
    let name: string
    try {
      name = nameOf(key)
    } catch (error) {
      return Promise.reject(error)
    }
    const task = new VerbTask<Answer>(this.#verbs, {
      key,
      name,
      bytes: (verb.bytes ?? 0) + ROW_BYTES,
      timeoutMs: this.#timeoutMs,
      need: verb.need ?? 'write',
      owner: verb.owner,
      act: verb.act,
      force: verb.force,
    })
    this.#tasks.add(task)
    return task.answer
  }

  #look<Answer>(key: string | undefined, look: (snapshot: Snapshot) => Answer): Promise<Answer> {
    if (this.#closing !== undefined) return Promise.reject(closedFailure())
    const onFail = (error: unknown): Error => this.#toOnceError(error, key)
    const task = new LookTask({ timeoutMs: this.#timeoutMs, look, onFail })
    this.#tasks.add(task)
    return task.answer
  }

  #toOnceError(error: unknown, key: string | undefined): Error {
    if (error instanceof RecordUnreadable) {
      const message = `the record of "${key ?? ''}" in ${this.#path} cannot be read: ${error.message}; it is left as it is`
      return new OnceError('ONCE_RECORD_UNREADABLE', message, { cause: error })
    }
    return storeFailure(error, this.#path)
  }

  /** What is the matter, if anything; found with one look at the file. */
  async #problem(
    freeBytes: number | undefined,
  ): Promise<{ message: string; isFatal: boolean } | undefined> {
    try {
      await this.#look(undefined, ({ records, now }) => records.find('', now))
    } catch (error) {
      return { message: error instanceof Error ? error.message : String(error), isFatal: true }
    }
    if (this.#tasks.isBlocked)
      return { message: 'another process holds the write lock', isFatal: false }
    if (freeBytes !== undefined && freeBytes < LOW_SPACE_BYTES) {
      return { message: `only ${freeBytes} bytes are free on the disk`, isFatal: false }
    }
    return undefined
  }
}

/** What tells one verb from another; `write` is the usual need. */
type Verb<Answer> = Pick<VerbOptions<Answer>, 'act'> & Partial<VerbOptions<Answer>>

/** What a row takes beside its body and meta text: name, header, index entries; about. */
const ROW_BYTES = 200

/** Below this the WAL alone may fill the disk. */
const LOW_SPACE_BYTES = 128 * 1024 * 1024

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size
}

async function freeSpace(folder: string): Promise<number | undefined> {
  const facts = await statfs(folder).catch(() => undefined)
  return facts && facts.bavail * facts.bsize
}
