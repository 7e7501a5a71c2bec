import { backoff, sleep } from '@oncekit/core'
import type { Backoff, Clock } from '@oncekit/core'

import { OnceError, isOnceError } from '../errors.ts'
import { MemoryOnceStore } from '../stores/memory.ts'
import type { OnceStore } from '../store.ts'
import { Deadlines } from './deadlines.ts'

/** How long and how eagerly a call is repeated. */
interface Persistence<T> {
  /** What is left of the time there is for all tries. */
  readonly leftMs: () => number
  readonly delays: Backoff
  /** Codes of errors that may pass. */
  readonly passing: ReadonlySet<string>
  /** Ends the repeating early. */
  readonly signal?: AbortSignal
  /** Given an answer that came after the caller had been told that there is none. */
  readonly late?: ((value: T) => void) | undefined
}

/** Calls to the store that end in time: repeated while the network fails, given up at a deadline. */
export class StoreCalls {
  readonly store: OnceStore
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #deadlines: Deadlines
  /** Our own memory store answers at once, and always. */
  readonly immediate: boolean
  #closed = false

  constructor(store: OnceStore, timeoutMs: number, clock: Clock) {
    this.store = store
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#deadlines = new Deadlines(clock)
    this.immediate = store instanceof MemoryOnceStore
  }

  /**
   * One answer within `storeTimeout`, asked for again while it fails quickly. Whoever repeats a claim repeats its token.
   *
   * @param late - is given an answer that came after the caller had been told that there is none
   * @throws OnceError `ONCE_STORE_UNAVAILABLE` when it is not known whether the store did it
   */
  ask<T>(call: () => Promise<T>, late?: (value: T) => void): Promise<T> {
    if (this.immediate) return call()
    const untilMs = this.#clock.monotonic() + this.#timeoutMs
    return this.#repeat(call, {
      leftMs: () => untilMs - this.#clock.monotonic(),
      delays: QUICK,
      passing: AWAY,
      late,
    })
  }

  /**
   * Asks again and again for as long as `leftMs()` is positive; each try has `storeTimeout`, or what is left.
   * The first try is made in any case: it counts as long as nobody else took the key.
   */
  insist<T>(call: () => Promise<T>, leftMs: () => number, signal: AbortSignal): Promise<T> {
    return this.immediate
      ? call()
      : this.#repeat(call, { leftMs, delays: QUICK, passing: AWAY_OR_FULL, signal })
  }

  /** As `insist`, for what nobody waits for: many of them must not keep a store down that tries to get up. */
  insistGently<T>(call: () => Promise<T>, leftMs: () => number, signal: AbortSignal): Promise<T> {
    return this.immediate
      ? call()
      : this.#repeat(call, { leftMs, delays: GENTLE, passing: AWAY_OR_FULL, signal })
  }

  /** Whoever still waits is told that there is no answer; nothing is repeated. */
  close(): void {
    this.#closed = true
    this.#deadlines.stop()
  }

  async #repeat<T>(call: () => Promise<T>, persistence: Persistence<T>): Promise<T> {
    const { leftMs, delays, passing, signal, late } = persistence
    const sleepOptions = { clock: this.#clock, ...(signal === undefined ? {} : { signal }) }
    for (let attempt = 1; ; attempt++) {
      const left = leftMs()
      const timeoutMs = left > 0 ? Math.min(left, this.#timeoutMs) : this.#timeoutMs
      try {
        return await this.#deadlines.guard(call(), { timeoutMs, error: this.#timedOut, late })
      } catch (error) {
        if (isOnceError(error) && !passing.has(error.code)) throw error
        const delayMs = Math.min(delays(attempt), leftMs())
        if (this.#closed) throw this.#asUnavailable(error)
        if (delayMs > 0 && signal?.aborted !== true)
          await sleep(delayMs, sleepOptions).catch(() => undefined)
        if (leftMs() <= 0 || this.#closed || signal?.aborted === true)
          throw this.#asUnavailable(error)
      }
    }
  }

  readonly #timedOut = (): OnceError =>
    new OnceError(
      'ONCE_STORE_UNAVAILABLE',
      `${this.store.address} gave no answer within ${this.#timeoutMs} ms (storeTimeout); check that it runs and can be reached`,
    )

  #asUnavailable(error: unknown): OnceError {
    if (isOnceError(error)) return error
    const reason = error instanceof Error ? error.message : String(error)
    return new OnceError('ONCE_STORE_UNAVAILABLE', `${this.store.address} failed: ${reason}`, {
      cause: error,
    })
  }
}

const QUICK = backoff({ initialMs: 10, factor: 2, maxMs: 250, jitter: 'equal' })
const GENTLE = backoff({ initialMs: 200, factor: 4, maxMs: 5_000, jitter: 'full' })

const AWAY: ReadonlySet<string> = new Set(['ONCE_STORE_UNAVAILABLE'])
// A full disk may have room again before the outcome is lost.
const AWAY_OR_FULL: ReadonlySet<string> = new Set(['ONCE_STORE_UNAVAILABLE', 'ONCE_STORE_FULL'])
