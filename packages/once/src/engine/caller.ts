import { inspect } from 'node:util'

import type { Clock, Timer } from '@oncekit/core'
import type { Span } from '@opentelemetry/api'

import { OnceError } from '../errors.ts'
import type { Durability } from '../store.ts'
import type { ExecuteOutcome } from '../types.ts'
import { Instant } from './lease.ts'
import type { Operation } from './operation.ts'
import type { CallEnd } from './counts.ts'
import type { Telemetry } from './telemetry.ts'
import { turnNow } from './turn.ts'

export interface CallerContext {
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly durability: Durability
}

/** Whom a caller waits with. */
export interface Party {
  /** The caller has left by itself and is answered. */
  left(caller: Caller): void
}

/** How the value came about. */
export interface ValueFacts {
  readonly replayed: boolean
  readonly attempt: number
  readonly protected: boolean
  readonly origin?: string | undefined
}

/** One call: its promise, its own patience and its own way out. Settles once. */
export class Caller {
  readonly operation: Operation
  /** The value, or the whole outcome. */
  readonly promise: Promise<unknown>
  /** The instant of the call. */
  readonly startedAt: Instant
  /** The turn of the call. */
  readonly turn: number = turnNow()
  readonly span: Span | undefined
  /** Runs code in the async context of the call. Missing: the flight began in it. */
  context: (<T>(act: () => T) => T) | undefined
  /** Waited for another caller's run. */
  waited = false
  /** Ran the operation and was refused its commit. */
  leaseLost = false
  readonly #context: CallerContext
  readonly #wholeOutcome: boolean
  readonly #resolve: (answer: unknown) => void
  readonly #reject: (error: unknown) => void
  #patience: Timer | undefined
  #onAbort: (() => void) | undefined
  #party: Party | undefined
  #settled = false

  constructor(
    operation: Operation,
    wholeOutcome: boolean,
    span: Span | undefined,
    context: CallerContext,
  ) {
    this.operation = operation
    this.span = span
    this.startedAt = new Instant(context.clock)
    this.#wholeOutcome = wholeOutcome
    this.#context = context
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.promise = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  /** From now on the caller may leave by itself; the party is then told. */
  enter(party: Party): void {
    this.#party = party
    const { signal } = this.operation
    if (signal === undefined || this.#onAbort !== undefined) return
    this.#onAbort = () => this.#leave('aborted', abortReason(signal))
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Another caller runs the operation: patience begins to run out. */
  startWaiting(): void {
    if (this.#patience !== undefined || this.#settled) return
    if (!this.waited) this.#context.telemetry.counts.waits++
    this.waited = true
    const { key, waitTimeoutMs } = this.operation
    this.#patience = this.#context.clock.setTimeout(() => {
      this.#leave(
        'wait_timeout',
        new OnceError(
          'ONCE_WAIT_TIMEOUT',
          `"${key}" was still being executed by another caller after ${waitTimeoutMs} ms; ask again, or raise waitTimeout`,
          { key },
        ),
      )
    }, waitTimeoutMs)
  }

  /** It is this caller's turn to run. */
  stopWaiting(): void {
    this.#patience?.cancel()
    this.#patience = undefined
  }

  succeed(value: unknown, facts: ValueFacts): void {
    if (!this.#finish()) return
    const end = !facts.protected
      ? 'unprotected'
      : this.leaseLost
        ? 'lease_lost'
        : !facts.replayed
          ? 'executed'
          : this.waited
            ? 'waited'
            : 'replayed'
    this.#report(end, facts)
    this.#resolve(this.#wholeOutcome ? this.#outcome(value, facts) : value)
  }

  fail(end: CallEnd, error: unknown, facts?: Partial<ValueFacts>): void {
    if (!this.#finish()) return
    this.#report(end, facts, error)
    this.#reject(error)
  }

  #outcome(value: unknown, facts: ValueFacts): ExecuteOutcome<unknown> {
    return {
      value,
      replayed: facts.replayed,
      attempt: facts.attempt,
      durability: this.#context.durability,
      leaseLost: this.leaseLost,
      protected: facts.protected,
    }
  }

  #leave(end: CallEnd, error: unknown): void {
    if (this.#settled) return
    this.fail(end, error)
    this.#party?.left(this)
  }

  #finish(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#patience?.cancel()
    if (this.#onAbort !== undefined) {
      this.operation.signal?.removeEventListener('abort', this.#onAbort)
    }
    return true
  }

  #report(end: CallEnd, facts?: Partial<ValueFacts>, error?: unknown): void {
    const { telemetry, clock } = this.#context
    telemetry.count(end, clock.monotonic() - this.startedAt.monotonicMs)
    if (this.span === undefined) return
    telemetry.endSpan(this.span, { end, attempt: facts?.attempt, origin: facts?.origin, error })
  }
}

/** A signal's reason may be anything; a promise of ours rejects with an Error. */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  if (reason instanceof Error) return reason
  return new DOMException(typeof reason === 'string' ? reason : inspect(reason), 'AbortError')
}
