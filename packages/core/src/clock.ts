/** A timer that was set on a {@link Clock}. */
export interface Timer {
  /** After this the callback does not run. Harmless when it already ran. */
  cancel(): void
}

/** Time as a dependency, so that tests can own it. */
export interface Clock {
  /** Wall time, in ms since 1970. May jump either way. */
  now(): number
  /** Milliseconds since an arbitrary instant; never goes back. */
  monotonic(): number
  /**
   * Runs `callback` once, when `delayMs` have passed on {@link monotonic} and never before. Any
   * delay is kept, `Infinity` included; a negative one counts as 0.
   *
   * @param options.ref - `false` lets the process exit while the timer is pending. Default `true`.
   * @throws RangeError for `NaN`.
   */
  setTimeout(callback: () => void, delayMs: number, options?: { readonly ref?: boolean }): Timer
}

/** The clock of this machine. Its monotonic time may stand still while the machine is suspended. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delayMs, options) =>
    new SystemTimer(callback, delayMs, options?.ref ?? true),
}

// Node turns a longer delay into 1 ms (nodejs.org/api/timers.html#settimeoutcallback-delay-args).
const longestDelayMs = 2 ** 31 - 1

class SystemTimer implements Timer {
  readonly #callback: () => void
  readonly #deadline: number
  readonly #ref: boolean
  #timeout: NodeJS.Timeout

  constructor(callback: () => void, delayMs: number, ref: boolean) {
    if (Number.isNaN(delayMs)) throw new RangeError('delayMs: got NaN; expected milliseconds')
    this.#callback = callback
    this.#deadline = performance.now() + delayMs
    this.#ref = ref
    this.#timeout = this.#arm(delayMs)
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }

  #arm(delayMs: number): NodeJS.Timeout {
    const timeout = setTimeout(() => this.#ring(), Math.min(Math.max(0, delayMs), longestDelayMs))
    return this.#ref ? timeout : timeout.unref()
  }

  #ring(): void {
    // Not over yet: a long delay goes in parts, and Node counts whole ms, so may be early by one.
    const leftMs = this.#deadline - performance.now()
    if (leftMs > 0) this.#timeout = this.#arm(leftMs)
    else this.#callback()
  }
}
