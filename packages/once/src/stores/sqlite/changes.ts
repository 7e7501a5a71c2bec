import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

import { RecordUnreadable } from '../../record.ts'
import type { OnceRecord } from '../../record.ts'
import type { WatchListener } from '../../store.ts'
import { Watchers } from '../watchers.ts'
import type { Access } from './access.ts'
import { nameOf } from './name.ts'
import { isLive, prepare } from './records.ts'

/** Where the file system does not tell, this often somebody looks. */
const POLL_MS = 25
/** The file system tells of a write before the commit can be seen: so often, this far apart, it is looked for. */
const RECHECKS = 5
const RECHECK_MS = 1
/** A larger record is left for the listener to read. */
const MAX_RIDING_BYTES = 4096

export interface ChangeFeedOptions {
  readonly path: string
  readonly db: DatabaseSync
  readonly access: Access
}

/** Tells listeners when their record changed: at once for this process's own steps, soon after the commit for those of others. */
export class ChangeFeed {
  readonly #walPath: string
  readonly #access: Access
  readonly #dataVersion: StatementSync
  readonly #watchers = new Watchers()
  /** What a watched record looked like when it was last seen. */
  readonly #seen = new Map<string, string>()
  #version: unknown
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  #recheck: NodeJS.Timeout | undefined
  #rechecksLeft = 0

  constructor({ path, db, access }: ChangeFeedOptions) {
    this.#walPath = `${path}-wal`
    this.#access = access
    this.#dataVersion = prepare(db, 'PRAGMA data_version')
  }

  /** How changes of other processes come to be known; `off` while nobody listens. */
  get source(): 'off' | 'events' | 'polling' {
    if (this.#poll === undefined) return 'off'
    return this.#watcher === undefined ? 'polling' : 'events'
  }

  add(key: string, listener: WatchListener): () => void {
    const remove = this.#watchers.add(key, listener)
    this.#start()
    this.#remember(key)
    return () => {
      remove()
      if (!this.#watchers.has(key)) this.#seen.delete(key)
      if (this.#watchers.size === 0) this.#stop()
    }
  }

  /** A step of this process ended what others wait for. */
  wake(key: string, record: OnceRecord | undefined): void {
    if (!this.#watchers.has(key)) return
    this.#remember(key)
    this.#tell(
      key,
      record !== undefined && record.body.length <= MAX_RIDING_BYTES ? record : undefined,
    )
  }

  close(): void {
    this.#stop()
    this.#watchers.clear()
    this.#seen.clear()
  }

  #start(): void {
    if (this.#poll !== undefined) return
    this.#version = this.#readVersion()
    this.#poll = setInterval(() => this.#look(), POLL_MS).unref()
    try {
      this.#watcher = watch(this.#walPath, { persistent: false }, () => this.#expectCommit())
      // Out of inotify watches, or the file is gone: polling goes on.
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      this.#watcher = undefined
    }
  }

  #stop(): void {
    clearInterval(this.#poll)
    clearTimeout(this.#recheck)
    this.#poll = undefined
    this.#recheck = undefined
    this.#unwatch()
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #expectCommit(): void {
    if (this.#look()) return
    this.#rechecksLeft = RECHECKS
    this.#recheck ??= setTimeout(() => this.#recheckOnce(), RECHECK_MS).unref()
  }

  #recheckOnce(): void {
    this.#recheck = undefined
    this.#rechecksLeft -= 1
    if (this.#look() || this.#rechecksLeft <= 0) return
    this.#recheck = setTimeout(() => this.#recheckOnce(), RECHECK_MS).unref()
  }

  /** Whether another connection has committed since the last look; if so, those who wait for what changed are told. */
  #look(): boolean {
    if (this.#poll === undefined) return false
    const version = this.#readVersion()
    if (version === undefined || version === this.#version) return false
    this.#version = version
    for (const key of [...this.#watchers.keys()]) this.#compare(key)
    return true
  }

  #compare(key: string): void {
    const before = this.#seen.get(key)
    const { stamp, record } = this.#see(key)
    if (stamp === before) return
    if (stamp !== undefined) this.#seen.set(key, stamp)
    this.#tell(key, record)
  }

  #remember(key: string): void {
    const { stamp } = this.#see(key)
    if (stamp === undefined) this.#seen.delete(key)
    else this.#seen.set(key, stamp)
  }

  /** No stamp when the database cannot be read just now: the next look will differ, and tell. */
  #see(key: string): { readonly stamp: string | undefined; readonly record?: OnceRecord } {
    try {
      return this.#access.read('one', ({ records, now }) => {
        const row = records.find(nameOf(key), now)
        if (row === undefined || !isLive(row, now)) return { stamp: '' }
        const { state, fence, token, body } = row.record
        const stamp = `${state} ${fence} ${token}`
        return body.length <= MAX_RIDING_BYTES ? { stamp, record: row.record } : { stamp }
      })
    } catch (error) {
      return { stamp: error instanceof RecordUnreadable ? 'unreadable' : undefined }
    }
  }

  #tell(key: string, record: OnceRecord | undefined): void {
    try {
      this.#watchers.wake(key, record)
    } catch (error) {
      // A listener's failure is neither the caller's whose step this was, nor the other listeners'.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  #readVersion(): unknown {
    try {
      const row: unknown = this.#dataVersion.get()
      return Array.isArray(row) ? row[0] : undefined
    } catch {
      // Locked, for a moment: the next look will tell.
      return undefined
    }
  }
}
