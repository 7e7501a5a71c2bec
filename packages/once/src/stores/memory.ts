import { systemClock } from '@oncekit/core'
import type { Clock, Health, Timer } from '@oncekit/core'

import { OnceError } from '../errors.ts'
import { splitStorageKey, escapePart } from '../key.ts'
import * as machine from '../machine.ts'
import type { Now, Step, Write } from '../machine.ts'
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
import { TokenSlots } from './token-slots.ts'
import { Watchers } from './watchers.ts'

export interface MemoryStoreOptions {
  /** @defaultValue 10_000 */
  readonly maxEntries?: number
  /** Bodies and keys together, in bytes of their text. @defaultValue 256 MiB */
  readonly maxBytes?: number
  /** How often expired records are swept away. @defaultValue 1 hour */
  readonly cleanupIntervalMs?: number
  readonly clock?: Clock
}

interface Entry {
  record: OnceRecord
  /** By the monotonic clock; `Infinity`: never. */
  expiresAtMs: number
}

/**
 * Records in this process: the model of every other store, and the local mode.
 *
 * A live record is never dropped to make room: a full store answers `ONCE_STORE_FULL`.
 */
export class MemoryOnceStore implements OnceStore {
  readonly traits: StoreTraits = {
    name: 'memory',
    shared: 'process',
    survivesRestart: false,
    durability: 'memory',
  }
  readonly address = 'memory:'

  readonly #clock: Clock
  readonly #maxEntries: number
  readonly #maxBytes: number
  readonly #cleanupIntervalMs: number
  readonly #entries = new Map<string, Entry>()
  /** A commit mostly follows the claim before long, and a large Map is slow to find things. */
  readonly #ownRuns = new TokenSlots<OwnRun>()
  readonly #watchers = new Watchers()
  #bytes = 0
  #lastFence = 0
  #cleanup: Timer | undefined
  #nextExpiryMs = 0
  #sweptAtMs = -Infinity
  #closed = false

  constructor(options: MemoryStoreOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#maxEntries = options.maxEntries ?? 10_000
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024
    this.#cleanupIntervalMs = options.cleanupIntervalMs ?? 3_600_000
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.#step(request.key, (record, now) => {
      const fence = machine.nextFence(this.#lastFence, now.wallMs)
      const step = machine.claim(record, request, now, fence)
      if (step.answer.status === 'claimed' && step.answer.fence === fence) this.#lastFence = fence
      return step
    })
  }

  extend(request: ExtendRequest): Promise<ExtendAnswer> {
    return this.#step(request.key, (record, now) => machine.extend(record, request, now))
  }

  commit(request: CommitRequest): Promise<CommitAnswer> {
    const run = this.#ownRuns.take(request.token)
    return this.#step(
      request.key,
      (record, now) => machine.commit(record, request, now),
      run?.key === request.key ? run.entry : undefined,
    )
  }

  release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    return this.#step(request.key, (record, now) => machine.release(record, request, now))
  }

  touch(key: string, ttlMs: number): Promise<TouchAnswer> {
    return this.#step(key, (record) => machine.touch(record, ttlMs))
  }

  remove(key: string, expect?: RemoveExpectation): Promise<RemoveAnswer> {
    return this.#step(key, (record, now) => machine.remove(record, expect, now))
  }

  read(key: string): Promise<StoredRecord | undefined> {
    if (this.#closed) return Promise.reject(closedError())
    const nowMs = this.#clock.monotonic()
    const entry = this.#live(key, nowMs)
    return Promise.resolve(entry && stored(entry, nowMs))
  }

  scan(request: ScanRequest): Promise<ScanPage> {
    if (this.#closed) return Promise.reject(closedError())
    const nowMs = this.#clock.monotonic()
    const prefix = escapePart(request.prefix)
    const entries: (StoredRecord & { key: string })[] = []
    // Nothing can change while this runs, so one page holds them all.
    for (const [key, entry] of this.#entries) {
      const parts = splitStorageKey(key)
      if (parts?.prefix !== prefix || !parts.suffix.startsWith(request.suffixPrefix)) continue
      if (entry.expiresAtMs <= nowMs) continue
      if (request.states !== undefined && !request.states.includes(entry.record.state)) continue
      entries.push({ key, ...stored(entry, nowMs) })
    }
    return Promise.resolve({ entries, cursor: null })
  }

  watch(key: string, listener: WatchListener): Promise<() => void> {
    if (this.#closed) return Promise.reject(closedError())
    return Promise.resolve(this.#watchers.add(key, listener))
  }

  health(): Promise<Health> {
    const entries = this.#entries.size
    const full = entries >= this.#maxEntries || this.#bytes >= this.#maxBytes
    return Promise.resolve({
      status: this.#closed ? 'unhealthy' : full ? 'degraded' : 'healthy',
      details: {
        entries,
        maxEntries: this.#maxEntries,
        bytes: this.#bytes,
        maxBytes: this.#maxBytes,
      },
    })
  }

  close(): Promise<void> {
    this.#closed = true
    this.#cleanup?.cancel()
    this.#entries.clear()
    this.#watchers.clear()
    this.#bytes = 0
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #step<Answer>(
    key: string,
    act: (record: OnceRecord | undefined, now: Now) => Step<Answer>,
    known?: Entry,
  ): Promise<Answer> {
    if (this.#closed) return Promise.reject(closedError())
    const nowMs = this.#clock.monotonic()
    const entry = known !== undefined && known.expiresAtMs > nowMs ? known : this.#live(key, nowMs)
    const step = act(entry?.record, { leaseMs: nowMs, wallMs: this.#clock.now() })
    if (step.write !== undefined) {
      if (!this.#write(key, entry, step.write, nowMs)) return Promise.reject(this.#fullError())
    }
    if (step.wake === true) this.#watchers.wake(key, this.#entries.get(key)?.record)
    return Promise.resolve(step.answer)
  }

  #live(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.expiresAtMs > nowMs) return entry
    this.#drop(key, entry)
    return undefined
  }

  /** False when the store is full. */
  #write(key: string, entry: Entry | undefined, write: Write, nowMs: number): boolean {
    switch (write.kind) {
      case 'remove':
        if (entry !== undefined) this.#drop(key, entry)
        return true
      case 'expire':
        if (entry !== undefined) entry.expiresAtMs = this.#expiring(nowMs + write.expiresInMs)
        return true
      case 'amend':
        if (entry !== undefined) entry.record = write.record
        return true
      case 'put': {
        const expiresAtMs = this.#expiring(nowMs + (write.expiresInMs ?? Infinity))
        if (entry === undefined) {
          const bytes = sizeOf(key, write.record)
          if (!this.#hasRoom(bytes, nowMs)) return false
          const created = { record: write.record, expiresAtMs }
          this.#entries.set(key, created)
          this.#ownRuns.keep(write.record.token, { key, entry: created })
          this.#bytes += bytes
          this.#armCleanup()
        } else {
          // The end of a run is never refused for want of room: it was let in at its claim.
          this.#bytes += sizeOf(key, write.record) - sizeOf(key, entry.record)
          entry.record = write.record
          entry.expiresAtMs = expiresAtMs
        }
        return true
      }
      default:
        return write satisfies never
    }
  }

  /** Notes that a sweep can find something by then. */
  #expiring(atMs: number): number {
    this.#nextExpiryMs = Math.min(
      this.#nextExpiryMs,
      Math.max(atMs, this.#sweptAtMs + MIN_SWEEP_INTERVAL_MS),
    )
    return atMs
  }

  #hasRoom(bytes: number, nowMs: number): boolean {
    const fits = (): boolean =>
      this.#entries.size < this.#maxEntries && this.#bytes + bytes <= this.#maxBytes
    if (fits()) return true
    if (nowMs >= this.#nextExpiryMs) this.#sweep(nowMs)
    return fits()
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#bytes -= sizeOf(key, entry.record)
    // For whoever still knows it.
    entry.expiresAtMs = -Infinity
  }

  /** Drops what has expired, and notes when a further sweep can find something: a full store must not be searched at every claim. */
  #sweep(nowMs: number): void {
    this.#sweptAtMs = nowMs
    let next = nowMs + this.#cleanupIntervalMs
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAtMs <= nowMs) this.#drop(key, entry)
      else next = Math.min(next, entry.expiresAtMs)
    }
    this.#nextExpiryMs = Math.max(next, nowMs + MIN_SWEEP_INTERVAL_MS)
  }

  #armCleanup(): void {
    this.#cleanup ??= this.#clock.setTimeout(
      () => {
        this.#cleanup = undefined
        this.#sweep(this.#clock.monotonic())
        if (this.#entries.size > 0) this.#armCleanup()
      },
      this.#cleanupIntervalMs,
      { ref: false },
    )
  }

  #fullError(): OnceError {
    return new OnceError(
      'ONCE_STORE_FULL',
      `the memory store holds ${this.#entries.size} records of ${this.#maxEntries} and ${this.#bytes} bytes of ${this.#maxBytes}, ` +
        'and never drops a live one; raise maxEntries (or maxBytes, an option of MemoryOnceStore), shorten ttl, or use a shared store',
    )
  }
}

/** A full store looks for expired records at most this often. */
const MIN_SWEEP_INTERVAL_MS = 100

function stored(entry: Entry, nowMs: number): StoredRecord {
  return {
    record: entry.record,
    expiresInMs: entry.expiresAtMs === Infinity ? undefined : entry.expiresAtMs - nowMs,
    leaseLeftMs: entry.record.state === 'executing' ? entry.record.atMs - nowMs : 0,
  }
}

function sizeOf(key: string, record: OnceRecord): number {
  return key.length + record.meta.length + record.body.length
}

interface OwnRun {
  readonly key: string
  readonly entry: Entry
}

function closedError(): OnceError {
  return new OnceError('ONCE_CLOSED', 'the memory store is closed')
}
