import type { Health } from '@oncekit/core'
import type { RedisPort } from '@oncekit/redis'

import { isOnceError } from '../errors.ts'
import { decodeRecord } from '../record.ts'
import type { OnceRecord } from '../record.ts'
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
import { claimVerb } from './redis/claim.ts'
import { commitVerb } from './redis/commit.ts'
import { closedError, storeError } from './redis/errors.ts'
import { extendVerb } from './redis/extend.ts'
import { claimLarge, readLarge } from './redis/large.ts'
import { readVerb } from './redis/read.ts'
import type { ReadRequest } from './redis/read.ts'
import { releaseVerb } from './redis/release.ts'
import { removeVerb } from './redis/remove.ts'
import type { RemoveRequest } from './redis/remove.ts'
import { keysOf, scanOptions } from './redis/scan.ts'
import { touchVerb } from './redis/touch.ts'
import type { TouchRequest } from './redis/touch.ts'
import { BatchedVerb } from './redis/verb.ts'
import type { Verb } from './redis/verb.ts'

export interface RedisStoreOptions {
  /** Whether `close()` closes the port too. */
  readonly ownsPort: boolean
  /** Keys of different groups never share a call; Redis Cluster wants one slot per call. @defaultValue one group */
  readonly groupOf?: (key: string) => string
}

/**
 * Records in Redis 6.2 or newer, or Valkey: for fleets.
 *
 * Each verb is one script, over all keys asked for in the same tick. Time is the server's. A record is one string whose expiry is
 * Redis's own; beside the records of a bucket, `{prefix:NNN}!fence` keeps its last fence for good.
 *
 * `remove(key)` without an expectation deletes whatever the key holds, also what cannot be read or is no record.
 */
export class RedisOnceStore implements OnceStore {
  readonly traits: StoreTraits = {
    name: 'redis',
    shared: 'fleet',
    survivesRestart: true,
    durability: 'async',
  }
  readonly address: string

  readonly #port: RedisPort
  readonly #ownsPort: boolean
  readonly #watches = new Set<() => void>()
  readonly #claim: BatchedVerb<ClaimRequest, ClaimAnswer>
  readonly #extend: BatchedVerb<ExtendRequest, ExtendAnswer>
  readonly #commit: BatchedVerb<CommitRequest, CommitAnswer>
  readonly #release: BatchedVerb<ReleaseRequest, ReleaseAnswer>
  readonly #read: BatchedVerb<ReadRequest, StoredRecord | undefined>
  readonly #touch: BatchedVerb<TouchRequest, TouchAnswer>
  readonly #remove: BatchedVerb<RemoveRequest, RemoveAnswer>
  #closing: Promise<void> | undefined

  constructor(port: RedisPort, options: RedisStoreOptions) {
    this.address = port.address
    this.#port = port
    this.#ownsPort = options.ownsPort
    const load = { unanswered: 0 }
    const batched = <Request extends { readonly key: string }, Answer>(
      verb: Verb<Request, Answer>,
    ): BatchedVerb<Request, Answer> => new BatchedVerb(port, verb, load, options.groupOf)
    this.#claim = batched({
      ...claimVerb,
      large: (request) => claimLarge(port, request, () => this.claim(request)),
    })
    this.#extend = batched(extendVerb)
    this.#commit = batched(commitVerb)
    this.#release = batched(releaseVerb)
    this.#read = batched({ ...readVerb, large: ({ key }) => readLarge(port, key) })
    this.#touch = batched(touchVerb)
    this.#remove = batched(removeVerb)
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.#ask(this.#claim, request)
  }

  extend(request: ExtendRequest): Promise<ExtendAnswer> {
    return this.#ask(this.#extend, request)
  }

  commit(request: CommitRequest): Promise<CommitAnswer> {
    return this.#ask(this.#commit, request)
  }

  release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return this.#ask(this.#release, request)
  }

  read(key: string): Promise<StoredRecord | undefined> {
    return this.#ask(this.#read, { key })
  }

  touch(key: string, ttlMs: number): Promise<TouchAnswer> {
    return this.#ask(this.#touch, { key, ttlMs })
  }

  remove(key: string, expect?: RemoveExpectation): Promise<RemoveAnswer> {
    return this.#ask(this.#remove, { key, expect })
  }

  async scan(request: ScanRequest): Promise<ScanPage> {
    const page = await this.#use(() => this.#port.scan(scanOptions(request)))
    const keys = keysOf(page.keys, request)
    const found = await Promise.all(keys.map((key) => this.#readIfRecord(key)))
    const { states } = request
    const entries: ScanPage['entries'][number][] = []
    for (const [index, stored] of found.entries()) {
      const key = keys[index]
      if (stored === undefined || key === undefined) continue
      if (states !== undefined && !states.includes(stored.record.state)) continue
      entries.push({ key, ...stored })
    }
    return { entries, cursor: page.cursor }
  }

  async watch(key: string, listener: WatchListener): Promise<() => void> {
    const stop = await this.#use(() =>
      this.#port.subscribe(key, {
        message: (payload) => listener(ridingRecord(payload)),
        // What happened meanwhile is unknown: look again.
        restored: () => listener(),
      }),
    )
    const stopOnce = (): void => {
      if (!this.#watches.delete(stopOnce)) return
      // The subscription may be gone together with its connection: there is nothing left to stop then.
      stop().catch(() => {})
    }
    this.#watches.add(stopOnce)
    if (this.#closing !== undefined) {
      stopOnce()
      throw closedError(this.address)
    }
    return stopOnce
  }

  health(): Promise<Health> {
    if (this.#closing === undefined) return this.#port.health()
    return Promise.resolve({
      status: 'unhealthy',
      details: { address: this.address, message: 'the store is closed' },
    })
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    for (const stop of [...this.#watches]) stop()
    if (this.#ownsPort) await this.#port.close()
  }

  #ask<Request extends { readonly key: string }, Answer>(
    verb: BatchedVerb<Request, Answer>,
    request: Request,
  ): Promise<Answer> {
    if (this.#closing !== undefined) return Promise.reject(closedError(this.address))
    return verb.ask(request)
  }

  async #use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw closedError(this.address)
    try {
      return await work()
    } catch (error) {
      throw storeError(error, undefined, this.address)
    }
  }

  /** What cannot be read, or is no record, must not hide the others of a scan. */
  async #readIfRecord(key: string): Promise<StoredRecord | undefined> {
    try {
      return await this.read(key)
    } catch (error) {
      if (isOnceError(error, 'ONCE_RECORD_UNREADABLE')) return undefined
      throw error
    }
  }
}

/** The record that came with a wake-up; without one, or with one that cannot be read, the listener has to look itself. */
function ridingRecord(payload: Buffer): OnceRecord | undefined {
  if (payload.length === 0) return undefined
  try {
    return decodeRecord(payload)
  } catch {
    return undefined
  }
}
