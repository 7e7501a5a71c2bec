import { setImmediate as turn } from 'node:timers/promises'

import { backoff, sleep } from '@oncekit/core'
import type { Backoff, Clock } from '@oncekit/core'

import { OnceError, StoreOverloadedError, isOnceError } from '../errors.ts'
import { MemoryOnceStore } from '../stores/memory.ts'
import type { OnceStore } from '../store.ts'
import { Deadlines } from './deadlines.ts'

/** How long and how eagerly a call is repeated. */
interface Persistence<T> {
  /** What is left of the time there is for all tries. */
  readonly leftMs: () => number
  readonly delays: Backoff
  /** Whether a failure may pass. */
  readonly passing: (error: OnceError) => boolean
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
  readonly #bounded: boolean
  #closed = false

  /** @param bounded - the store ends every call by itself within `timeoutMs` */
  constructor(store: OnceStore, timeoutMs: number, clock: Clock, bounded: boolean) {
    this.store = store
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#deadlines = new Deadlines(clock)
    this.immediate = store instanceof MemoryOnceStore
    this.#bounded = bounded
  }

  /**
   * The first try of a call: straight to a store that ends its calls itself and in less time than there is, else watched. What fails
   * is asked for again by {@link askAgain} or {@link insistAgain}.
   */
  first<T>(call: () => Promise<T>, leftMs: number, late?: (value: T) => void): Promise<T> {
    const alone = this.immediate || (this.#bounded && leftMs > this.#timeoutMs - 1)
    return alone ? call() : this.#guard(call, leftMs, late)
  }

  /**
   * One answer within `storeTimeout`, asked for again while it fails quickly. Whoever repeats a claim repeats its token.
   *
   * @param late - is given an answer that came after the caller had been told that there is none
   * @throws OnceError `ONCE_STORE_UNAVAILABLE` when it is not known whether the store did it
   */
  async ask<T>(call: () => Promise<T>, late?: (value: T) => void): Promise<T> {
    const untilMs = this.#clock.monotonic() + this.#timeoutMs
    try {
      return await this.first(call, this.#timeoutMs, late)
    } catch (error) {
      return this.askAgain(error, call, untilMs, late)
    }
  }

  /** As `ask`, after a first try that failed. @param untilMs - by the monotonic clock: when the time of all tries is over */
  askAgain<T>(
    failure: unknown,
    call: () => Promise<T>,
    untilMs: number,
    late?: (value: T) => void,
  ): Promise<T> {
    const leftMs = (): number => untilMs - this.#clock.monotonic()
    return this.#again(failure, call, { leftMs, delays: QUICK, passing: AWAY, late })
  }

  /**
   * Asks again and again for as long as `leftMs()` is positive; each try has `storeTimeout`, or what is left.
   * The first try is made in any case: it counts as long as nobody else took the key.
   */
  insist<T>(call: () => Promise<T>, leftMs: () => number, signal: AbortSignal): Promise<T> {
    return this.#insist(call, { leftMs, delays: QUICK, passing: AWAY_OR_FULL, signal })
  }

  /** As `insist`, after a first try that failed. */
  insistAgain<T>(
    failure: unknown,
    call: () => Promise<T>,
    leftMs: () => number,
    signal: AbortSignal,
  ): Promise<T> {
    return this.#again(failure, call, { leftMs, delays: QUICK, passing: AWAY_OR_FULL, signal })
  }

  /** As `insist`, for what nobody waits for: many of them must not keep a store down that tries to get up. */
  insistGently<T>(call: () => Promise<T>, leftMs: () => number, signal: AbortSignal): Promise<T> {
    return this.#insist(call, { leftMs, delays: GENTLE, passing: AWAY_OR_FULL, signal })
  }

  close(): void {
    this.#closed = true
    this.#deadlines.stop()
  }

  async #insist<T>(call: () => Promise<T>, persistence: Persistence<T>): Promise<T> {
    try {
      return await this.first(call, persistence.leftMs())
    } catch (error) {
      return this.#again(error, call, persistence)
    }
  }

  async #again<T>(
    failure: unknown,
    call: () => Promise<T>,
    persistence: Persistence<T>,
  ): Promise<T> {
    const { leftMs, delays, passing, signal, late } = persistence
    // Our own memory store has said all there is to say.
    if (this.immediate) throw failure
    const sleepOptions = { clock: this.#clock, ...(signal === undefined ? {} : { signal }) }
    const over = (): boolean => leftMs() <= 0 || this.#closed || signal?.aborted === true
    for (let attempt = 1, error = failure; ; attempt++) {
      if (isOnceError(error) && !passing(error)) {
        // Whoever asks again without a pause must not keep this process from reading answers.
        if (error instanceof StoreOverloadedError) await turn()
        throw error
      }
      const delayMs = Math.min(delays(attempt), leftMs())
      if (delayMs > 0 && !over()) await sleep(delayMs, sleepOptions).catch(() => undefined)
      if (over()) throw this.#asUnavailable(error)
      try {
        return await this.#guard(call, leftMs(), late)
      } catch (cause) {
        error = cause
      }
    }
  }

  /** One try that is watched: it has `leftMs`, and at most `storeTimeout`. */
  #guard<T>(call: () => Promise<T>, leftMs: number, late?: (value: T) => void): Promise<T> {
    const timeoutMs = leftMs > 0 ? Math.min(leftMs, this.#timeoutMs) : this.#timeoutMs
    return this.#deadlines.guard(call(), { timeoutMs, error: this.#timedOut, late })
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

// Whoever asks a store that has too much to do gives way at once; an outcome does not.
const AWAY = (error: OnceError): boolean =>
  error.code === 'ONCE_STORE_UNAVAILABLE' && !(error instanceof StoreOverloadedError)
// A full disk may have room again before the outcome is lost.
const AWAY_OR_FULL = ({ code }: OnceError): boolean =>
  code === 'ONCE_STORE_UNAVAILABLE' || code === 'ONCE_STORE_FULL'
