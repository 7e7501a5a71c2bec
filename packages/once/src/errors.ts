import { OncekitError, isOncekitError } from '@oncekit/core'

/** Every code an `OnceError` can carry. */
export type OnceErrorCode =
  | 'ONCE_INVALID_KEY'
  | 'ONCE_INVALID_PAYLOAD'
  | 'ONCE_INVALID_CONFIG'
  | 'ONCE_IN_PROGRESS'
  | 'ONCE_MISMATCH'
  | 'ONCE_LEASE_LOST'
  | 'ONCE_OUTCOME_UNKNOWN'
  | 'ONCE_INDETERMINATE'
  | 'ONCE_EXHAUSTED'
  | 'ONCE_WAIT_TIMEOUT'
  | 'ONCE_RESULT_UNAVAILABLE'
  | 'ONCE_RECORD_UNREADABLE'
  | 'ONCE_KEY_EXPIRED'
  | 'ONCE_STORE_FULL'
  | 'ONCE_STORE_UNAVAILABLE'
  | 'ONCE_REENTRANT'
  | 'ONCE_CLOSED'

export interface OnceErrorOptions {
  readonly key?: string
  readonly cause?: unknown
}

/** Who runs a key right now, as it told the store. */
export interface Holder {
  readonly host?: string
  readonly pid?: number
  readonly service?: string
  /** W3C trace id of the run, 32 hex digits. */
  readonly traceId?: string
  /** When this attempt was claimed, by the store's clock. */
  readonly since?: Date
}

/** Every failure of `once` itself. `code` names the situation; what the callback throws is passed on untouched. */
export class OnceError extends OncekitError {
  override readonly name: string = 'OnceError'
  declare readonly code: OnceErrorCode
  /** The caller's key, when the failure is about one. */
  readonly key?: string

  constructor(code: OnceErrorCode, message: string, options: OnceErrorOptions = {}) {
    super(code, message, {
      retryable: RETRYABLE.has(code),
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    })
    if (options.key !== undefined) this.key = options.key
  }
}

/** Another caller runs the key now. Ask again after `retryAfterMs`. */
export class OnceInProgressError extends OnceError {
  override readonly name = 'OnceInProgressError'
  /** What is left of the holder's lease, in ms: by then it has ended, extended or lost the key. */
  readonly retryAfterMs: number
  readonly holder: Holder

  constructor(key: string, retryAfterMs: number, holder: Holder) {
    super(
      'ONCE_IN_PROGRESS',
      `"${key}" is being executed by ${describeHolder(holder)}; ask again in ${Math.ceil(retryAfterMs)} ms`,
      { key },
    )
    this.retryAfterMs = retryAfterMs
    this.holder = holder
  }
}

/** The key was used with another payload. Nothing of the first one is told. */
export class OnceMismatchError extends OnceError {
  override readonly name = 'OnceMismatchError'

  constructor(key: string) {
    super(
      'ONCE_MISMATCH',
      `"${key}" was already used with another payload; use a new key for a new operation`,
      { key },
    )
  }
}

/** The store is asked for more at once than may wait: nothing was sent, and more of it would only make matters worse. */
export class StoreOverloadedError extends OnceError {
  constructor(message: string, options: OnceErrorOptions = {}) {
    super('ONCE_STORE_UNAVAILABLE', message, options)
  }
}

/** Whether a value is an `OnceError`, also one of another copy of this package. */
export function isOnceError(value: unknown, code?: OnceErrorCode): value is OnceError {
  return isOncekitError(value, code) && value.code.startsWith('ONCE_')
}

export function describeHolder(holder: Holder): string {
  const where =
    holder.host === undefined
      ? 'another caller'
      : `${holder.service ?? 'a process'} on ${holder.host}`
  const pid = holder.pid === undefined ? '' : ` (pid ${holder.pid})`
  const since = holder.since === undefined ? '' : ` since ${holder.since.toISOString()}`
  return `${where}${pid}${since}`
}

const RETRYABLE: ReadonlySet<OnceErrorCode> = new Set<OnceErrorCode>([
  'ONCE_IN_PROGRESS',
  'ONCE_WAIT_TIMEOUT',
  'ONCE_STORE_UNAVAILABLE',
  'ONCE_STORE_FULL',
  'ONCE_LEASE_LOST',
])
