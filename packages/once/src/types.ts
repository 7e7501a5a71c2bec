import type { Clock, Duration, Health, Logger, Provider } from '@oncekit/core'
import type { RedisPort } from '@oncekit/redis'

import type { Holder } from './errors.ts'
import type { Durability, OnceStore } from './store.ts'

/** The live objects `Once.create` may be given; what is injected is left open by `close()`. */
export interface OnceDeps {
  /** Missing: silence. */
  readonly logger?: Logger
  /** Used instead of opening a connection of its own when `store` is a Redis URL. */
  readonly redis?: RedisPort
  /** Used instead of opening `store`. */
  readonly store?: OnceStore
  readonly clock?: Clock
}

/** What a duplicate does while the first caller still runs. `wait` gets its outcome, `reject` gets `ONCE_IN_PROGRESS`. */
export type DuplicatePolicy = 'wait' | 'reject'

/** When the store cannot be reached: `fail` starts nothing, `run` runs the callback without protection and says so. */
export type StoreErrorPolicy = 'fail' | 'run'

/** What may be said per call. Everything is read once, when the call is made. */
export interface ExecuteOptions {
  /** What the operation is about. A later call of the key with another payload gets `ONCE_MISMATCH`. */
  readonly payload?: unknown
  /** How long the outcome is kept, counted from completion. @defaultValue the configured ttl */
  readonly ttl?: Duration
  /** How long the key stays taken after its owner died. Extended while the callback runs. @defaultValue the configured lease */
  readonly lease?: Duration
  readonly onDuplicate?: DuplicatePolicy
  /** How long to wait for another caller's run. @defaultValue the configured waitTimeout */
  readonly waitTimeout?: Duration
  readonly onStoreError?: StoreErrorPolicy
  /** Lets this caller leave. The run is aborted only when no caller is left. */
  readonly signal?: AbortSignal
}

/** What a callback is given. */
export interface Run {
  readonly key: string
  /** 1 for the first try, one more for every try after a dead owner. */
  readonly attempt: number
  /**
   * Grows with every claim of the key. Hand it to resources that refuse a smaller one than they have seen: they are then safe from
   * an owner that lost its lease without noticing. 0 in an unprotected run.
   */
  readonly fence: number
  /** Aborted when the lease is lost, when no caller is left, or when the provider closes. */
  readonly signal: AbortSignal
  /** False when the store could not be reached and `onStoreError` is `run`. */
  readonly protected: boolean
  /**
   * A key for a further service, the same in every attempt of this operation, so that the service can drop a repeat.
   * 43 characters of base64url.
   */
  deriveKey(name: string): string
}

export interface ExecuteOutcome<T> {
  readonly value: T
  /** The value was made by another call. */
  readonly replayed: boolean
  readonly attempt: number
  readonly durability: Durability
  /** This caller ran the operation, lost its lease, and the value is that of the caller who took over. */
  readonly leaseLost: boolean
  /** False: the store could not be reached and the callback ran all the same, as `onStoreError: 'run'` asks. */
  readonly protected: boolean
}

export type RecordStatus =
  | 'executing'
  | 'succeeded'
  | 'failed'
  | 'indeterminate'
  | 'exhausted'
  | 'tombstone'

/** One key's record as a caller sees it. */
export interface RecordView {
  readonly key: string
  readonly state: RecordStatus
  readonly attempt: number
  readonly fence: number
  /** Until the record is forgotten, in ms; `undefined`: never by itself. */
  readonly ttlMs: number | undefined
  /** What is left of the lease; negative when it is over and nobody has taken the key; 0 unless executing. */
  readonly leaseLeftMs: number
  /** While executing: who runs it. */
  readonly holder: Holder
  /** When a terminal state was entered, by the store's clock. */
  readonly completedAt?: Date
  /** `succeeded`: the value. Absent when it could not be stored, see `resultUnavailable`. */
  readonly value?: unknown
  /** `failed`: the stored error. */
  readonly error?: unknown
  /** Why the operation was done without a stored value. */
  readonly resultUnavailable?: string
}

export interface ClearOptions {
  /** Also while the key is executing: its owner cannot commit any more, and the next caller runs. */
  readonly force?: boolean
}

export interface ListOptions {
  /** Only keys that begin so. */
  readonly prefix?: string
  readonly states?: readonly RecordStatus[]
  readonly signal?: AbortSignal
}

export interface WrapOptions<Args extends readonly unknown[]> extends Omit<
  ExecuteOptions,
  'payload' | 'signal'
> {
  readonly key: (...args: Args) => string
  readonly payload?: (...args: Args) => unknown
}

/** What `health()` of a provider says. */
export interface OnceHealth extends Health {
  readonly details: {
    readonly store: Health['details']
    readonly address: string
    /** Runs of this process that are under way. */
    readonly executing: number
    /** Calls that ended, by how they ended. */
    readonly operations: Readonly<Record<string, number>>
    /** Callback starts. */
    readonly executions: number
  }
}

/** Runs an operation once per key and gives every duplicate its outcome. */
export interface Once extends Provider {
  /**
   * Runs `callback` unless the key is done, and gives its value, or that of the call that ran it.
   *
   * @throws what the callback throws: the key is then released, and the next call runs again
   * @throws {@link OnceInProgressError} `onDuplicate: 'reject'` and another caller runs it now
   * @throws {@link OnceMismatchError} the key was used with another payload
   * @throws {@link OnceError} `ONCE_WAIT_TIMEOUT`, `ONCE_STORE_UNAVAILABLE`, `ONCE_OUTCOME_UNKNOWN`, `ONCE_LEASE_LOST`,
   *   `ONCE_INDETERMINATE`, `ONCE_RESULT_UNAVAILABLE`, `ONCE_INVALID_KEY`, `ONCE_INVALID_PAYLOAD`, `ONCE_REENTRANT`, `ONCE_CLOSED`
   */
  execute<T>(
    key: string,
    callback: (run: Run) => T | Promise<T>,
    options?: ExecuteOptions,
  ): Promise<T>
  /** {@link Once.execute}, and how the value came about. */
  executeOutcome<T>(
    key: string,
    callback: (run: Run) => T | Promise<T>,
    options?: ExecuteOptions,
  ): Promise<ExecuteOutcome<T>>
  /** {@link Once.execute} without a value. */
  do(key: string, callback: (run: Run) => unknown, options?: ExecuteOptions): Promise<void>
  /** {@link Once.do} by its older name. */
  executeSimple(
    key: string,
    callback: (run: Run) => unknown,
    options?: ExecuteOptions,
  ): Promise<void>
  /** A function that runs once per key made from its arguments. */
  wrap<Args extends readonly unknown[], T>(
    fn: (...args: Args) => T | Promise<T>,
    options: WrapOptions<Args>,
  ): (...args: Args) => Promise<T>

  /** The whole record; `undefined` when there is none. */
  get(key: string): Promise<RecordView | undefined>
  /** Whether the operation is done. */
  check(key: string): Promise<boolean>
  /** Whether there is a record, executing ones too. */
  exists(key: string): Promise<boolean>
  /**
   * Forgets the key, so that the next call runs. Gives whether there was something to forget.
   *
   * @throws {@link OnceInProgressError} while it is executing, unless forced
   * @throws {@link OnceError} `ONCE_INDETERMINATE` when nobody knows whether it happened, unless forced
   * @throws {@link OnceError} `ONCE_STORE_UNAVAILABLE` when nobody knows whether it was forgotten
   */
  clear(key: string, options?: ClearOptions): Promise<boolean>
  /** {@link Once.clear} by its older name. */
  delete(key: string, options?: ClearOptions): Promise<boolean>
  /** Clears every key that begins so, in slices; executing and indeterminate ones are left and counted. */
  clearByPrefix(
    prefix: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly cleared: number; readonly skippedExecuting: number }>
  health(): Promise<OnceHealth>
  /**
   * The records, in no order. A record that cannot be read is passed over; when its value alone cannot be read, `resultUnavailable`
   * says why.
   */
  list(options?: ListOptions): AsyncIterableIterator<RecordView>
}
