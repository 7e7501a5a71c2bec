import { sleep } from '@oncekit/core'

import { isBusy, lockedFailure } from './failure.ts'

/** Does `step` again while another process has the lock, without ever blocking this one. */
export async function whileBusy<T>(
  step: () => T,
  options: {
    readonly path: string
    readonly timeoutMs: number
    readonly signal?: AbortSignal | undefined
  },
): Promise<T> {
  const startedMs = performance.now()
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted()
    try {
      return step()
    } catch (error) {
      if (!isBusy(error)) throw error
      const waitedMs = performance.now() - startedMs
      if (waitedMs >= options.timeoutMs) throw lockedFailure(options.path, waitedMs, error)
      await sleep(lockDelayMs(attempt), { signal: options.signal })
    }
  }
}

/**
 * How long to wait after the n-th refusal. Transactions take a fraction of a millisecond to a few, so short waits find a gap soonest;
 * longer ones spare the processor when the holder is stuck.
 */
export function lockDelayMs(attempt: number): number {
  return 0.5 + Math.random() * Math.min(2 ** (attempt / 8), 10)
}
