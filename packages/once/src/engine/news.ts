import { backoff } from '@oncekit/core'

import type { OnceRecord } from '../record.ts'
import type { Engine } from './engine.ts'

/** What there is to say about a key that somebody else executes. */
export type News = { readonly record?: OnceRecord } | undefined

/**
 * Waits for the end of a run elsewhere: wakes on the store's message, and by itself after a while, since messages may be lost.
 * The order is the point: watch, look again, and only then wait.
 */
export class NewsOfKey {
  readonly #engine: Engine
  readonly #key: string
  #unwatch: (() => void) | undefined
  #news: News
  #wake: (() => void) | undefined
  #watching = false
  #polls = 0
  #closed = false

  constructor(engine: Engine, storageKey: string) {
    this.#engine = engine
    this.#key = storageKey
  }

  /** Whatever was heard so far is older than what is asked now. */
  forget(): void {
    this.#news = undefined
  }

  /**
   * Resolves when it is time to look again, with the record when the message brought it. The first time that is as soon as the
   * watch stands: what happened before it can only be seen by looking.
   */
  async next(leaseLeftMs: number): Promise<News> {
    if (!this.#watching) this.#watch()
    if (this.#news === undefined && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      // When the lease is over nobody sends a message: the owner is dead.
      const pollMs = POLL(++this.#polls)
      const delayMs = leaseLeftMs > 0 ? Math.min(pollMs, leaseLeftMs + AFTER_LEASE_MS) : pollMs
      const timer = this.#engine.clock.setTimeout(resolve, delayMs)
      await promise
      timer.cancel()
      this.#wake = undefined
    }
    return this.#news
  }

  /** Look again now. */
  wake(): void {
    this.#wake?.()
  }

  close(): void {
    this.#closed = true
    this.#unwatch?.()
    this.wake()
  }

  /** Not waited for: while the store cannot watch, there is the polling. */
  #watch(): void {
    const { calls } = this.#engine
    this.#watching = true
    const stop = (unwatch: () => void): void => unwatch()
    calls
      .ask(() => calls.store.watch(this.#key, (record) => this.#hear(record)), stop)
      .then(
        (unwatch) => {
          if (this.#closed) return unwatch()
          this.#unwatch = unwatch
          this.#hear()
        },
        () => (this.#watching = false),
      )
  }

  #hear(record?: OnceRecord): void {
    this.#news = record === undefined ? {} : { record }
    this.wake()
  }
}

/** 50 ms growing to 1 s, each at least half of that: quick enough to be a floor, slow enough for many waiters. */
const POLL = backoff({ initialMs: 50, factor: 1.5, maxMs: 1_000, jitter: 'equal' })

/** Just after the deadline by the store's clock. */
const AFTER_LEASE_MS = 2
