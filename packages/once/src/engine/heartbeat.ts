import type { Clock, Timer } from '@oncekit/core'

import type { Lease } from './lease.ts'
import { LinkedList } from './linked-list.ts'

/** One timer for all leases of a provider. Extensions that are due together travel together. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #leases = new LinkedList<Lease>()
  #timer: Timer | undefined
  #nextAtMs = Infinity
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#leases.size
  }

  add(lease: Lease): void {
    if (this.#stopped) return
    this.#leases.add(lease)
    if (lease.dueAtMs < this.#nextAtMs) this.#schedule(lease.dueAtMs)
  }

  /** The timer stays: most runs end long before their first beat, and one that finds nothing to do is cheaper than many cancelled. */
  remove(lease: Lease): void {
    this.#leases.delete(lease)
  }

  /** For good: leases that are still held will lapse. */
  stop(): void {
    this.#stopped = true
    for (const lease of this.#leases.all()) this.#leases.delete(lease)
    this.#timer?.cancel()
    this.#timer = undefined
    this.#nextAtMs = Infinity
  }

  #schedule(atMs: number): void {
    if (atMs >= this.#nextAtMs) return
    this.#timer?.cancel()
    this.#nextAtMs = atMs
    const delayMs = Math.max(1, atMs - this.#clock.monotonic())
    this.#timer = this.#clock.setTimeout(() => this.#beat(), delayMs, { ref: false })
  }

  #beat(): void {
    this.#timer = undefined
    this.#nextAtMs = Infinity
    let next = Infinity
    for (const lease of this.#leases.all()) {
      lease.beat()
      next = Math.min(next, lease.nextAtMs)
    }
    if (next < Infinity) this.#schedule(next)
  }
}
