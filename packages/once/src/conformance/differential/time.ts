import type { Clock, Timer } from '@oncekit/core'

/** The time of a store under test: it stands still while anything is asked, and moves between two steps. */
export type StoreTime = Pick<Clock, 'now' | 'monotonic'>

/** Two clocks that stand apart: who compares a time of one with a time of the other is found out. */
export class MovedTime implements Clock {
  #passedMs = 0

  now(): number {
    return START_MS + this.#passedMs
  }

  monotonic(): number {
    return MONOTONIC_START_MS + this.#passedMs
  }

  move(ms: number): void {
    this.#passedMs += ms
  }

  /** Never rings: what the model does in the background changes no answer. */
  setTimeout(): Timer {
    return { cancel: () => {} }
  }
}

const START_MS = Date.UTC(2026, 0, 1)
const MONOTONIC_START_MS = 5_000_000
