import type { Clock, Timer } from '@oncekit/core'

/** The clock of one process: its wall clock may be wrong, and while the process is paused no timer fires. */
export class ProcessClock implements Clock {
  /** How far the wall clock is ahead. */
  skewMs = 0
  readonly #clock: Clock
  readonly #timers = new Set<Timer>()
  #missed: (() => void)[] | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#clock.now() + this.skewMs
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    let cancelled = false
    const timer: Timer = {
      cancel: () => {
        cancelled = true
        this.#timers.delete(timer)
        inner.cancel()
      },
    }
    const ring = (): void => {
      if (cancelled) return
      if (this.#missed !== undefined) {
        this.#missed.push(ring)
        return
      }
      this.#timers.delete(timer)
      callback()
    }
    this.#timers.add(timer)
    const inner = this.#clock.setTimeout(ring, delayMs)
    return timer
  }

  pause(): void {
    this.#missed ??= []
  }

  /** What came due meanwhile fires now, in order. */
  resume(): void {
    const missed = this.#missed
    this.#missed = undefined
    for (const ring of missed ?? []) ring()
  }
}
