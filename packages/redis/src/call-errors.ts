import type { Call } from './call.ts'
import { withoutCommand } from './connect-failure.ts'
import { RedisError } from './errors.ts'
import type { PendingCalls } from './pending.ts'

/** The port was closed. */
export function closedError(address: string): RedisError {
  return new RedisError(
    'REDIS_CLOSED',
    `The port to Redis at ${address} is closed; create another.`,
    { address },
  )
}

/** There is no room for another call of so many bytes. */
export function fullError(address: string, pending: PendingCalls, bytes: number): RedisError {
  const { limits } = pending
  return new RedisError(
    'REDIS_QUEUE_FULL',
    `Redis at ${address} has ${pending.calls} unanswered calls of ${pending.bytes} bytes; another ` +
      `of ${bytes} is over the limit of ${limits.calls} calls or ${limits.bytes} bytes, so it was ` +
      'not sent. Slow down, or raise maxQueue or maxQueueBytes.',
    { address, retryable: true },
  )
}

/** Sent, and not answered in time. */
export function timeoutError(address: string, call: Call, timeoutMs: number): RedisError {
  return new RedisError(
    'REDIS_TIMEOUT',
    `Redis at ${address} did not answer ${call.what} within ${timeoutMs} ms; it may have run it, ` +
      'or may yet. Check the load of the server, or raise commandTimeout.',
    { address, retryable: true, sent: true },
  )
}

/** Not sent in time, for want of a connection. */
export function unsentError(
  address: string,
  call: Call,
  timeoutMs: number,
  failure: RedisError | undefined,
): RedisError {
  const why = failure?.message ?? 'The connection is not ready.'
  return new RedisError(
    'REDIS_UNAVAILABLE',
    `No connection within ${timeoutMs} ms, so ${call.what} was not sent. ${why}`,
    { address, retryable: true, cause: failure },
  )
}

/** Sent, and the connection is gone. */
export function lostError(address: string, call: Call, cause: Error): RedisError {
  return new RedisError(
    'REDIS_UNAVAILABLE',
    `The connection to Redis at ${address} was lost before ${call.what} was answered; the server ` +
      'may have run it. The port reconnects by itself.',
    { address, retryable: true, sent: true, cause: withoutCommand(cause) },
  )
}
