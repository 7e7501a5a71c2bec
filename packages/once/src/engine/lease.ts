import type { Clock } from '@oncekit/core'

import type { ExtendAnswer } from '../store.ts'
import type { Linked } from './linked-list.ts'

/** An instant, by both of a process's clocks: the monotonic one stands still in a suspended machine, the wall clock may be set back. */
export class Instant {
  readonly monotonicMs: number
  readonly wallMs: number

  constructor(clock: Clock) {
    this.monotonicMs = clock.monotonic()
    this.wallMs = clock.now()
  }

  /** The most that can have passed since. */
  elapsedMs(clock: Clock): number {
    return Math.max(clock.monotonic() - this.monotonicMs, clock.now() - this.wallMs)
  }
}

export type LeaseLoss = 'taken' | 'deadline'

/** Whose lease it is. */
export interface LeaseOwner {
  /** Asks the store for more time. */
  extend(): Promise<ExtendAnswer>
  /** The lease is over. Called at most once. */
  lost(loss: LeaseLoss): void
  /** An extension that was due came late by so much. */
  late(lateMs: number): void
}

export interface LeaseTerms {
  readonly leaseMs: number
  readonly heartbeatMs: number
}

/** What an owner knows about its lease without asking the store: it may end earlier than the store's, never later. */
export class Lease implements Linked<Lease> {
  /** For the heartbeat's list alone. */
  before: Lease | undefined
  after: Lease | undefined
  linked = false
  readonly #terms: LeaseTerms
  /** Not extended any more after this. */
  readonly #maxRuntimeMs: number
  readonly #owner: LeaseOwner
  readonly #clock: Clock
  readonly #claimedAt: Instant
  #sentAt: Instant
  /** By the monotonic clock. */
  #dueAtMs: number
  #extending = false
  #lost = false
  #taken = false

  /** @param sentAt - when the claim was sent: the lease cannot have begun earlier */
  constructor(
    terms: LeaseTerms,
    maxRuntimeMs: number,
    owner: LeaseOwner,
    sentAt: Instant,
    clock: Clock,
  ) {
    this.#terms = terms
    this.#maxRuntimeMs = maxRuntimeMs
    this.#owner = owner
    this.#clock = clock
    this.#claimedAt = sentAt
    this.#sentAt = sentAt
    this.#dueAtMs = sentAt.monotonicMs + terms.heartbeatMs
  }

  /** How long the key is certainly still ours. */
  get leftMs(): number {
    return this.#terms.leaseMs - this.#sentAt.elapsedMs(this.#clock)
  }

  /** When the next extension is due, by the monotonic clock: never after the deadline of a lease that was just claimed. */
  get dueAtMs(): number {
    return this.#dueAtMs
  }

  /** Whether the owner was told that the lease is over. */
  get isLost(): boolean {
    return this.#lost
  }

  /** Time on the monotonic clock at which `beat` has something to do. */
  get nextAtMs(): number {
    const deadlineMs = this.#lost ? Infinity : this.#clock.monotonic() + Math.max(0, this.leftMs)
    return this.#taken ? deadlineMs : Math.min(this.#dueAtMs, deadlineMs)
  }

  /** Extends when it is time, and tells when the lease is over. */
  beat(): void {
    const { leaseMs, heartbeatMs } = this.#terms
    const nowMs = this.#clock.monotonic()
    if (this.leftMs <= 0) this.#lose('deadline')
    if (this.#taken || nowMs < this.#dueAtMs) return
    const soonMs = nowMs + heartbeatMs / 4
    if (this.#extending) {
      this.#dueAtMs = soonMs
      return
    }
    const lateMs = nowMs - this.#dueAtMs
    if (lateMs > leaseMs / 3) this.#owner.late(lateMs)
    if (this.#claimedAt.elapsedMs(this.#clock) >= this.#maxRuntimeMs) {
      this.#dueAtMs = Infinity
      return
    }
    // Without an answer it is asked again soon: the store may be back before the lease is over.
    this.#dueAtMs = soonMs
    this.extend().catch(() => undefined)
  }

  /** Extends now. Rejects when the store gave no answer. */
  async extend(): Promise<ExtendAnswer> {
    const sentAt = new Instant(this.#clock)
    this.#extending = true
    try {
      const answer = await this.#owner.extend()
      if (answer === 'extended') {
        this.#sentAt = sentAt
        this.#dueAtMs = sentAt.monotonicMs + this.#terms.heartbeatMs
      } else if (answer === 'lost') {
        this.#taken = true
        this.#lose('taken')
      }
      return answer
    } finally {
      this.#extending = false
    }
  }

  #lose(loss: LeaseLoss): void {
    if (this.#lost) return
    this.#lost = true
    this.#owner.lost(loss)
  }
}
