import type { Backoff } from './backoff.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { ConfigError } from './config-error.ts'
import type { ConfigIssue } from './config-error.ts'
import { isOncekitError } from './errors.ts'
import { sleep } from './sleep.ts'

export interface RetryOptions {
  /** How long to wait between attempts. */
  readonly backoff: Backoff
  /** Attempts in all, the first included. Default no limit. */
  readonly limit?: number | undefined
  /**
   * No attempt starts later than this many ms after the call. An attempt under way is not cut short;
   * give it a deadline of its own. Default no deadline.
   */
  readonly deadlineMs?: number | undefined
  /** Ends it all at once, between attempts or within one. */
  readonly signal?: AbortSignal | undefined
  /** Default {@link systemClock}. */
  readonly clock?: Clock | undefined
  /** Default: an Oncekit error says so itself (`retryable`), any other error is tried again. */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined
}

/**
 * Calls `operation` until it succeeds, and gives its value. Rejects with the operation's last error
 * when that cannot be retried, or the limit or the deadline is reached; with the signal's reason as
 * soon as the signal aborts. Leaves no timer and no listener behind. Rejects with a
 * {@link ConfigError} for a limit below 1 or a negative deadline.
 *
 * @param operation - Gets the number of the attempt, from 1.
 *
 * @example
 * ```ts
 * import { backoff, retry } from '@oncekit/core'
 *
 * const delays = backoff({ initialMs: 50, factor: 2, maxMs: 5000, jitter: 'full' })
 * const response = await retry(() => fetch('http://localhost:8080'), { backoff: delays, limit: 5 })
 * ```
 */
export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { signal, clock = systemClock, limit = Infinity, deadlineMs = Infinity } = checked(options)
  const isRetryable = options.isRetryable ?? saysRetryable
  const lastStart = clock.monotonic() + deadlineMs

  for (let attempt = 1; ; attempt++) {
    try {
      return await unlessAborted(() => operation(attempt), signal)
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const delayMs = options.backoff(attempt)
      const isLast = attempt >= limit || clock.monotonic() + delayMs > lastStart
      if (isLast || !isRetryable(error)) throw error
      await sleep(delayMs, { signal, clock })
    }
  }
}

function checked(options: RetryOptions): RetryOptions {
  const { limit = Infinity, deadlineMs = Infinity } = options
  const issues: ConfigIssue[] = []
  if (!(limit >= 1)) {
    issues.push({ path: 'limit', value: limit, message: 'expected a number of attempts, from 1' })
  }
  if (!(deadlineMs >= 0)) {
    issues.push({
      path: 'deadlineMs',
      value: deadlineMs,
      message: 'expected milliseconds, 0 or more',
    })
  }
  if (issues.length > 0) throw new ConfigError('Invalid retry', issues)
  return options
}

function saysRetryable(error: unknown): boolean {
  return isOncekitError(error) ? error.retryable : true
}

/** The operation's promise, or a rejection with the signal's reason as soon as it aborts. */
async function unlessAborted<T>(
  operation: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return operation()
  signal.throwIfAborted()
  let abort = (): void => {}
  try {
    return await new Promise<T>((resolve, reject) => {
      abort = () => reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      operation().then(resolve, reject)
    })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
