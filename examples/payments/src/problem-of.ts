import { isOnceError } from '@oncekit/once'
import type { OnceError } from '@oncekit/once'
import { Problem } from './http/problem.ts'
import { LedgerRefusal } from './ledger.ts'

/** What the client is told when a payment was not made, and what it should do. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (isOnceError(error)) return problemOfOnce(error)
  if (error instanceof LedgerRefusal) {
    return error.code === 'OLD_FENCE' ? unknownYet(error) : otherPayment(error)
  }
  return unexpected(error)
}

function problemOfOnce(error: OnceError): Problem {
  switch (error.code) {
    case 'ONCE_IN_PROGRESS':
      return inProgress(error)
    case 'ONCE_MISMATCH':
      return otherPayment(error)
    case 'ONCE_INVALID_KEY':
      return badKey(error)
    case 'ONCE_STORE_UNAVAILABLE':
    case 'ONCE_STORE_FULL':
      return storeAway(error)
    case 'ONCE_CLOSED':
    case 'ONCE_OUTCOME_UNKNOWN':
    case 'ONCE_LEASE_LOST':
      return unknownYet(error)
    default:
      return unexpected(error)
  }
}

function inProgress(cause: OnceError): Problem {
  return explain(cause, {
    status: 409,
    code: cause.code,
    title: 'This payment is being made',
    detail: 'The first request with this key is still running.',
    action: 'Send the same request again in a moment: it will be given the answer of the first.',
    retryAfter: 1,
  })
}

function otherPayment(cause: OnceError | LedgerRefusal): Problem {
  return explain(cause, {
    status: 422,
    code: 'ONCE_MISMATCH',
    title: 'This key belongs to another payment',
    detail: 'It was used with another amount, currency or customer. Nothing was charged for this.',
    action: 'Use a new key for a new payment.',
  })
}

function badKey(cause: OnceError): Problem {
  return explain(cause, {
    status: 400,
    code: cause.code,
    title: 'The key cannot be used',
    detail: cause.message,
    action: 'Use another key.',
  })
}

function storeAway(cause: OnceError): Problem {
  // For the operator; where the store is, is none of the client's business.
  console.error(`${cause.code}: ${cause.message}`)
  return explain(cause, {
    status: 503,
    code: cause.code,
    title: 'Payments cannot be made now',
    detail: 'Whether this payment was made before cannot be looked up, so it was not made again.',
    action: 'Send the same request again later, with the same key.',
    retryAfter: 1,
  })
}

function unknownYet(cause: OnceError | LedgerRefusal): Problem {
  console.error(`${cause.code}: ${cause.message}`)
  return explain(cause, {
    status: 503,
    code: cause.code,
    title: 'Whether this payment was made is not known yet',
    detail: 'The ledger may have been asked; what came of it could not be written down.',
    action: 'Send the same request again, with the same key: the ledger will not charge it twice.',
    retryAfter: 1,
  })
}

function unexpected(cause: unknown): Problem {
  console.error(cause)
  return explain(cause, {
    status: 500,
    code: 'INTERNAL',
    title: 'Something unexpected happened',
    detail: 'The service has written down what it was.',
    action: 'Send the same request again, with the same key.',
  })
}

function explain(cause: unknown, facts: Problem['facts']): Problem {
  return new Problem(facts, { cause })
}
