import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'

/** How to wait. */
export interface SleepOptions {
  /** Ends the wait early: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Default {@link systemClock}. */
  readonly clock?: Clock | undefined
  /** `false` lets the process exit meanwhile. Default `true`. */
  readonly ref?: boolean | undefined
}

/** Resolves after `ms` milliseconds. Leaves no timer and no listener behind, however it ends. */
export function sleep(ms: number, options: SleepOptions = {}): Promise<void> {
  const { signal, clock = systemClock, ref = true } = options
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.setTimeout(
      () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      },
      ms,
      { ref },
    )
    signal?.addEventListener('abort', abort, { once: true })
  })
}
