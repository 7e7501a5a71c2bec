import { OnceError, describeHolder, isOnceError } from '../errors.ts'
import { holderOf } from '../meta.ts'
import type { OnceRecord } from '../record.ts'
import type { CallEnd } from './counts.ts'

export function closedError(): OnceError {
  return new OnceError('ONCE_CLOSED', 'this once is closed; create another to go on')
}

export function leaseLostError(key: string, why: string): OnceError {
  return new OnceError('ONCE_LEASE_LOST', `the lease of "${key}" was lost: ${why}`, { key })
}

export function outcomeUnknownError(key: string, cause: unknown): OnceError {
  return new OnceError(
    'ONCE_OUTCOME_UNKNOWN',
    `"${key}" was executed, but the store did not take the outcome before the lease was over; storing it goes on in the background`,
    { key, cause },
  )
}

/** A removal got no answer, and the next try cannot tell whether what it met was there before or came after. */
export function removalUnknownError(key: string, cause: Error): OnceError {
  return new OnceError(
    'ONCE_STORE_UNAVAILABLE',
    `nobody knows whether "${key}" was cleared, for an answer of the store was lost; look whether it is there, and clear it again if so`,
    { key, cause },
  )
}

/** Why a record that is neither executing nor has an outcome cannot be run again. */
export function unrunnableError(key: string, record: OnceRecord): OnceError {
  switch (record.state) {
    case 'indeterminate':
      return new OnceError(
        'ONCE_INDETERMINATE',
        `nobody knows whether the effect of "${key}" happened: its owner, ${describeHolder(holderOf(record))}, died after declaring it; find out, then clear the key by force`,
        { key },
      )
    case 'exhausted':
      return new OnceError(
        'ONCE_EXHAUSTED',
        `"${key}" was tried ${record.attempt} times without an outcome; clear it to try again`,
        { key },
      )
    default:
      return new OnceError(
        'ONCE_KEY_EXPIRED',
        `"${key}" was used before and its outcome is no longer kept; use a new key`,
        { key },
      )
  }
}

/** How a call ends that the store had this error for. */
export function endOf(error: unknown): CallEnd {
  const refused = isOnceError(error, 'ONCE_RECORD_UNREADABLE') || isOnceError(error, 'ONCE_CLOSED')
  return refused ? 'rejected' : 'unavailable'
}
