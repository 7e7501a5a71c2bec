import type { ClaimAnswer, ClaimRequest } from '../store.ts'
import type { Caller } from './caller.ts'
import type { Engine } from './engine.ts'
import type { Instant } from './lease.ts'
import { traceOf } from './telemetry.ts'
import { releaseInBackground } from './tenure.ts'

/** One claim on its way: its own token, and the instant before it was sent. */
export class Bid {
  readonly engine: Engine
  readonly caller: Caller
  readonly request: ClaimRequest
  readonly sentAt: Instant
  /** `traceid-spanid` of the caller. */
  readonly trace: string | undefined

  /** @param sentAt - an instant before this one will do: the lease is then counted from there */
  constructor(engine: Engine, caller: Caller, wait: boolean, sentAt: Instant) {
    const { operation, span } = caller
    this.engine = engine
    this.caller = caller
    this.trace = traceOf(span)
    this.sentAt = sentAt
    this.request = {
      key: operation.storageKey,
      token: engine.newToken(),
      fingerprint: operation.fingerprint,
      leaseMs: operation.leaseMs,
      ttlMs: operation.ttlMs,
      holder: engine.holder(operation.ttlMs, this.trace),
      wait,
      attemptLimit: 0,
    }
  }

  /** The first try; one that failed is made again by {@link sendAgain}. The claim may have been granted all the same. */
  send(): Promise<ClaimAnswer> {
    const { calls, settings } = this.engine
    return calls.first(() => calls.store.claim(this.request), settings.storeTimeoutMs, this.#late)
  }

  /** @throws OnceError when the store gave no answer; the claim may have been granted all the same */
  sendAgain(failure: unknown): Promise<ClaimAnswer> {
    const { calls, settings } = this.engine
    const untilMs = this.sentAt.monotonicMs + settings.storeTimeoutMs
    return calls.askAgain(failure, () => calls.store.claim(this.request), untilMs, this.#late)
  }

  withdraw(): void {
    const { clock } = this.engine
    const { token, leaseMs } = this.request
    releaseInBackground(
      this.engine,
      this.caller.operation,
      token,
      () => leaseMs - this.sentAt.elapsedMs(clock),
    )
  }

  // A delayed request that was carried out after its release: nobody wants it any more.
  get #late() {
    return (answer: ClaimAnswer): void => {
      if (answer.status === 'claimed') this.withdraw()
    }
  }
}
