import { setImmediate } from 'node:timers/promises'
import type { Clock, Timer } from '@oncekit/core'

/**
 * A clock that moves only when told to, for tests of anything that takes a {@link Clock}.
 *
 * @example
 * ```ts
 * import { sleep } from '@oncekit/core'
 * import { ManualClock } from '@oncekit/testing'
 *
 * const clock = new ManualClock()
 * const slept = sleep(60_000, { clock })
 * await clock.advance(60_000)
 * await slept
 * ```
 */
export class ManualClock implements Clock {
  #monotonicMs = 0
  #wallMs: number
  #pending: PendingTimer[] = []
  #advancing: Promise<void> = Promise.resolve()

  /** @param wallMs - Where the wall clock starts, in ms since 1970. Default 2026-01-01. */
  constructor(wallMs: number = Date.UTC(2026, 0, 1)) {
    this.#wallMs = wallMs
  }

  now(): number {
    return this.#wallMs
  }

  monotonic(): number {
    return this.#monotonicMs
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    if (Number.isNaN(delayMs)) throw new RangeError('delayMs: got NaN; expected milliseconds')
    const timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), callback }
    this.#pending.push(timer)
    return { cancel: () => this.#drop(timer) }
  }

  /** How many timers wait to fire: 0 when nothing was left behind. */
  get pending(): number {
    return this.#pending.length
  }

  /**
   * Moves both clocks on and fires each timer that comes due, in order, at its own instant. What a
   * callback sets off (promise chains, new timers) happens before the next timer fires, and before
   * the result resolves. Rejects with what a callback throws.
   */
  advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Infinity)) {
      throw new RangeError(`ms: got ${ms}; expected milliseconds, 0 or more`)
    }
    const advanced = this.#advancing.then(() => this.#advanceBy(ms))
    this.#advancing = advanced.catch(() => {})
    return advanced
  }

  /** Puts the wall clock to this instant, in ms since 1970; monotonic time and timers stay. */
  setWall(wallMs: number): void {
    this.#wallMs = wallMs
  }

  async #advanceBy(ms: number): Promise<void> {
    const targetMs = this.#monotonicMs + ms
    await settled()
    for (let timer = this.#due(targetMs); timer; timer = this.#due(targetMs)) {
      this.#moveTo(timer.dueMs)
      this.#drop(timer)
      timer.callback()
      await settled()
    }
    this.#moveTo(targetMs)
  }

  #due(untilMs: number): PendingTimer | undefined {
    // Sorting is stable: timers due at one instant fire in the order they were set.
    const [first] = this.#pending.toSorted((a, b) => a.dueMs - b.dueMs)
    return first !== undefined && first.dueMs <= untilMs ? first : undefined
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }

  #drop(timer: PendingTimer): void {
    this.#pending = this.#pending.filter((other) => other !== timer)
  }
}

interface PendingTimer {
  readonly dueMs: number
  readonly callback: () => void
}

/** Resolves when all promise chains that can run have run: microtasks come before any immediate. */
function settled(): Promise<void> {
  return setImmediate()
}
