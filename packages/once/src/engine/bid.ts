import type { ClaimAnswer, ClaimRequest } from '../store.ts'
import type { Caller } from './caller.ts'
import type { Engine } from './engine.ts'
import type { Instant } from './lease.ts'
import type { Operation } from './operation.ts'
import { traceOf } from './telemetry.ts'
import { Tenure, releaseInBackground } from './tenure.ts'

/** One claim on its way: its own token, and the instant before it was sent. */
export class Bid {
  readonly #engine: Engine
  readonly #operation: Operation
  readonly #request: ClaimRequest
  readonly #sentAt: Instant

  /** @param sentAt - an instant before this one will do: the lease is then counted from there */
  constructor(engine: Engine, { operation, span }: Caller, wait: boolean, sentAt: Instant) {
    this.#engine = engine
    this.#operation = operation
    this.#request = {
      key: operation.storageKey,
      token: engine.newToken(),
      fingerprint: operation.fingerprint,
      leaseMs: operation.leaseMs,
      ttlMs: operation.ttlMs,
      holder: engine.holder(operation.ttlMs, traceOf(span)),
      wait,
      attemptLimit: 0,
    }
    this.#sentAt = sentAt
  }

  /** @throws OnceError when the store gave no answer; the claim may have been granted all the same */
  send(): Promise<ClaimAnswer> {
    const { calls } = this.#engine
    return calls.ask(
      () => calls.store.claim(this.#request),
      // A delayed request that was carried out after its release: nobody wants it any more.
      (late) => {
        if (late.status === 'claimed') this.withdraw()
      },
    )
  }

  withdraw(): void {
    const { clock } = this.#engine
    const { token, leaseMs } = this.#request
    releaseInBackground(
      this.#engine,
      this.#operation,
      token,
      () => leaseMs - this.#sentAt.elapsedMs(clock),
    )
  }

  /** What the bidder has from a claim that was granted. */
  won(
    { attempt, fence, takeover }: ClaimAnswer & { status: 'claimed' },
    onLost: () => void,
  ): Tenure {
    const { token, holder: meta } = this.#request
    if (takeover) {
      const { key } = this.#operation
      this.#engine.logger.info({ key, attempt, fence }, 'took over: the lease before was over')
    }
    const grant = { token, fence, attempt, meta, sentAt: this.#sentAt }
    return new Tenure(this.#engine, this.#operation, grant, onLost)
  }
}
