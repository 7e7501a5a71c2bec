import type { Clock, Timer } from '@oncekit/core'

import { LinkedList } from './linked-list.ts'
import type { Linked } from './linked-list.ts'

interface Waiting extends Linked<Waiting> {
  readonly atMs: number
  readonly expire: () => void
}

export interface GuardOptions<T> {
  readonly timeoutMs: number
  /** What the caller is told when there is no answer in time. */
  readonly error: () => Error
  /** Given the answer that came after the caller had been told. */
  readonly late?: ((value: T) => void) | undefined
}

/** Gives many promises a deadline with one timer: a timer each is too dear for the hot path. */
export class Deadlines {
  readonly #clock: Clock
  readonly #waiting = new LinkedList<Waiting>()
  #timer: Timer | undefined
  #nextAtMs = Infinity
  #stopped = false
  #graced = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Settles as `promise` does, or rejects with `error()` after `timeoutMs`. */
  guard<T>(promise: Promise<T>, options: GuardOptions<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const atMs = this.#clock.monotonic() + options.timeoutMs
      const waiting: Waiting = {
        atMs,
        expire: () => reject(options.error()),
        before: undefined,
        after: undefined,
        linked: false,
      }
      if (this.#stopped) {
        // Nobody's time runs any more, but what the store says of a late outcome is still the truth.
        promise.then(resolve, reject)
        return
      }
      this.#waiting.add(waiting)
      if (atMs < this.#nextAtMs) this.#schedule(atMs)
      promise.then(
        (value) => {
          if (this.#waiting.delete(waiting)) resolve(value)
          else options.late?.(value)
        },
        (cause: unknown) => {
          this.#waiting.delete(waiting)
          reject(cause)
        },
      )
    })
  }

  /** Everything still waiting is given up at once. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = undefined
    this.#nextAtMs = Infinity
    for (const waiting of this.#waiting.all()) {
      this.#waiting.delete(waiting)
      waiting.expire()
    }
  }

  #schedule(atMs: number): void {
    this.#timer?.cancel()
    this.#nextAtMs = atMs
    // Referenced: a process that waits for a store has to live until it knows.
    this.#timer = this.#clock.setTimeout(
      () => this.#sweep(),
      Math.max(0, atMs - this.#clock.monotonic()),
    )
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonic()
    const lateMs = nowMs - this.#nextAtMs
    this.#timer = undefined
    this.#nextAtMs = Infinity
    // After a pause the answers may already lie in the sockets, which Node reads after its timers: one more turn for them.
    if (lateMs > PAUSE_MS && !this.#graced) {
      this.#graced = true
      return this.#schedule(nowMs)
    }
    this.#graced = false
    let next = Infinity
    for (const waiting of this.#waiting.all()) {
      if (waiting.atMs > nowMs) next = Math.min(next, waiting.atMs)
      else {
        this.#waiting.delete(waiting)
        waiting.expire()
      }
    }
    if (next < Infinity) this.#schedule(next)
  }
}

/** A timer this late was not held up by ordinary work. */
const PAUSE_MS = 50
