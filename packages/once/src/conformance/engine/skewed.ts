import type { Clock } from '@oncekit/core'

/** A wall clock that is wrong; timers are right. */
export function skewed(byMs: number): Clock {
  return {
    now: () => Date.now() + byMs,
    monotonic: () => performance.now(),
    setTimeout: (callback, delayMs, options) => {
      const timer = setTimeout(callback, Math.max(0, delayMs))
      if (options?.ref === false) timer.unref()
      return { cancel: () => clearTimeout(timer) }
    },
  }
}
