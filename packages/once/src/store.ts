import type { Health } from '@oncekit/core'

import type { Body, OnceRecord, RecordState } from './record.ts'

/** What a committed outcome survives. `memory`: nothing. `async`: the loss of a process. `disk`: the loss of the host's power too. */
export type Durability = 'memory' | 'async' | 'disk'

/** What a store is, for its conformance suite and for whoever reads an outcome. */
export interface StoreTraits {
  readonly name: string
  /** Who sees the same record. */
  readonly shared: 'process' | 'host' | 'fleet'
  /** Whether records outlive the process that wrote them. */
  readonly survivesRestart: boolean
  readonly durability: Durability
}

export interface Outcome {
  readonly state: 'succeeded' | 'failed' | 'indeterminate'
  readonly codec: number
  readonly body: Body
}

/** An outcome that needs no decision any more. */
export interface FinalOutcome extends Outcome {
  readonly state: 'succeeded' | 'failed'
}

export interface ClaimRequest {
  /** Storage key, see `storageKey()`. */
  readonly key: string
  /** 128 random bits in hex, new for every claim; a re-send of the same claim carries the same token. */
  readonly token: string
  /** 128 bits in hex; empty: not compared. */
  readonly fingerprint: string
  readonly leaseMs: number
  /** How long the outcome is kept after completion. */
  readonly ttlMs: number
  /** JSON text about the claimant, at most 1 KiB. */
  readonly holder: string
  /** Set the waiters flag when the key is executing elsewhere. */
  readonly wait: boolean
  /** Attempts after which the key is `exhausted` instead of claimed again; 0: no limit. */
  readonly attemptLimit: number
  /** Claim and commit in one step. */
  readonly outcome?: FinalOutcome
}

export type ClaimAnswer =
  | {
      readonly status: 'claimed'
      readonly fence: number
      readonly attempt: number
      /** The lease of an earlier owner was over. */
      readonly takeover: boolean
      /** What the steps of earlier attempts left. */
      readonly progress?: { readonly codec: number; readonly body: Body }
    }
  | { readonly status: 'executing'; readonly record: OnceRecord; readonly leaseLeftMs: number }
  /** `succeeded`, `failed`, `indeterminate`, `exhausted` or `tombstone`. */
  | { readonly status: 'done'; readonly record: OnceRecord }
  /** The record belongs to another payload. Nothing was changed and nothing of it is told. */
  | { readonly status: 'mismatch' }

export interface ExtendRequest {
  readonly key: string
  readonly token: string
  readonly leaseMs: number
  readonly ttlMs: number
  readonly patch?: {
    /** Declare the effect: from now on the key has no expiry and is never re-run by itself. */
    readonly effect?: true
    /** Replace what the steps left. */
    readonly progress?: { readonly codec: number; readonly body: Body }
  }
}

/** `settled`: this token has committed already. `lost`: the record is another's, or gone. */
export type ExtendAnswer = 'extended' | 'settled' | 'lost'

export interface CommitRequest {
  readonly key: string
  /** Written into the record. Without `expect`, the stored token has to be this one. */
  readonly token: string
  readonly outcome: Outcome
  readonly ttlMs: number
  /** JSON text: where the outcome came from. */
  readonly meta: string
  /** Commit over an `indeterminate` record of this fence instead: an operator's or `recover`'s decision. */
  readonly expect?: { readonly state: 'indeterminate'; readonly fence: number }
}

export type CommitAnswer = 'committed' | 'lost'

export interface ReleaseRequest {
  readonly key: string
  readonly token: string
  /** Keep the count of attempts for this long, with JSON text about the failure. */
  readonly keep?: { readonly ttlMs: number; readonly meta: string }
}

/** `released` also when there was nothing left to release. */
export type ReleaseAnswer = 'released' | 'lost'

export interface StoredRecord {
  readonly record: OnceRecord
  /** Until the store forgets the record; `undefined`: never by itself. */
  readonly expiresInMs: number | undefined
  /** Negative or 0 when the lease is over; 0 for a record that is not executing. */
  readonly leaseLeftMs: number
}

export type TouchAnswer = 'touched' | 'none' | 'executing'

/**
 * What has to hold for a removal. `idle`: not executing under a live lease, not `indeterminate`, and no declared effect left open.
 * Without one the record goes whatever it is, and its owner's commit will be refused.
 */
export type RemoveExpectation = 'idle' | { readonly state: RecordState; readonly fence: number }

export type RemoveAnswer = 'removed' | 'none' | 'executing' | 'indeterminate' | 'changed'

export interface ScanRequest {
  /** The configured prefix, unescaped. */
  readonly prefix: string
  /** What the stored suffix has to begin with: `:` and the beginning of a key, or `@scope:` and the beginning of a key. */
  readonly suffixPrefix: string
  readonly cursor?: string
  /** About how many entries to look at. @defaultValue 256 */
  readonly limit?: number
  readonly states?: readonly RecordState[]
}

export interface ScanPage {
  readonly entries: readonly (StoredRecord & { readonly key: string })[]
  /** `null`: this was the last page. A key that exists throughout is met at least once. */
  readonly cursor: string | null
}

/** Called when the record may have changed; with the record when it was small enough to ride along. */
export type WatchListener = (record?: OnceRecord) => void

/**
 * Where records live. Each verb is one atomic step for its key, and a repeat with the same token is answered as the first was.
 * Calls of one tick may travel together; one bad key never harms the others.
 *
 * Rejects with an `OnceError`: `ONCE_STORE_UNAVAILABLE` when it cannot be known whether the step happened,
 * `ONCE_RECORD_UNREADABLE` for what this release cannot read, `ONCE_STORE_FULL` when a bounded store has no room.
 */
export interface OnceStore extends AsyncDisposable {
  readonly traits: StoreTraits
  /** Where the records are, without secrets: `memory:`, `redis://127.0.0.1:6379/0`. */
  readonly address: string
  claim(request: ClaimRequest): Promise<ClaimAnswer>
  extend(request: ExtendRequest): Promise<ExtendAnswer>
  commit(request: CommitRequest): Promise<CommitAnswer>
  release(request: ReleaseRequest): Promise<ReleaseAnswer>
  read(key: string): Promise<StoredRecord | undefined>
  /** Sets how long a record that is not executing is kept from now on. */
  touch(key: string, ttlMs: number): Promise<TouchAnswer>
  remove(key: string, expect?: RemoveExpectation): Promise<RemoveAnswer>
  scan(request: ScanRequest): Promise<ScanPage>
  /** Resolves once changes made from now on are seen; gives back how to stop. Wake-ups may be lost: re-read after it, and poll. */
  watch(key: string, listener: WatchListener): Promise<() => void>
  health(): Promise<Health>
  close(): Promise<void>
}
