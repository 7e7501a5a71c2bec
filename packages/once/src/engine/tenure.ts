import type { Encoded } from '../codec/index.ts'
import { originOf } from '../meta.ts'
import type { CommitAnswer, CommitRequest, ExtendAnswer, ReleaseAnswer } from '../store.ts'
import { leaseLostError } from './engine-errors.ts'
import type { Engine } from './engine.ts'
import { Instant, Lease } from './lease.ts'
import type { LeaseLoss, LeaseOwner } from './lease.ts'
import type { Operation } from './operation.ts'
import { OnceRun } from './run.ts'

/** A claim that was granted. */
export interface Grant {
  readonly token: string
  readonly fence: number
  readonly attempt: number
  /** JSON text: what the store was told about the holder. */
  readonly meta: string
  readonly sentAt: Instant
}

/** From the grant of a claim until the key is given back: all that its owner may do with it. */
export class Tenure implements LeaseOwner {
  readonly fence: number
  readonly attempt: number
  readonly meta: string
  readonly run: OnceRun
  readonly lease: Lease
  readonly #engine: Engine
  readonly #operation: Operation
  readonly #token: string
  readonly #onLost: () => void

  constructor(engine: Engine, operation: Operation, grant: Grant, onLost: () => void) {
    this.fence = grant.fence
    this.attempt = grant.attempt
    this.meta = grant.meta
    this.run = new OnceRun(operation.key, operation.storageKey, grant)
    this.#engine = engine
    this.#operation = operation
    this.#token = grant.token
    this.#onLost = onLost
    this.lease = new Lease(
      operation,
      engine.settings.maxRuntimeMs,
      this,
      grant.sentAt,
      engine.clock,
    )
  }

  /** A process that was paused since it claimed starts nothing on an old answer. */
  get isFresh(): boolean {
    // A store in this process answers in the turn of the question.
    if (this.#engine.calls.immediate) return true
    return this.lease.leftMs >= this.#operation.leaseMs / 2
  }

  /** Extends the lease until it is fresh; false when the key is another's. */
  async freshen(): Promise<boolean> {
    while (!this.isFresh) {
      if ((await this.lease.extend()) !== 'extended') return false
    }
    return true
  }

  /** Writes the outcome, again and again by token until the lease is over. Extensions meanwhile do not prolong that. */
  commit(encoded: Encoded, trace: string | undefined): Promise<CommitAnswer> {
    const { calls, clock } = this.#engine
    if (calls.immediate) return calls.store.commit(this.#request(encoded, trace))
    const startedAt = new Instant(clock)
    const { leftMs } = this.lease
    return this.#commit(encoded, trace, () => leftMs - startedAt.elapsedMs(clock))
  }

  /** Goes on writing the outcome after everybody was told that nobody knows. While it does, nobody else should run. */
  commitInBackground(encoded: Encoded, trace: string | undefined): void {
    const { background, clock, heartbeat, logger, settings } = this.#engine
    const { key } = this.#operation
    const startedAt = new Instant(clock)
    heartbeat.add(this.lease)
    void background.run(
      this.#commit(encoded, trace, () => settings.maxRuntimeMs - startedAt.elapsedMs(clock))
        .then(
          (answer) =>
            answer === 'committed'
              ? logger.warn({ key }, 'the outcome reached the store late')
              : logger.error({ key }, 'the outcome came too late: another one stands'),
          (error: unknown) => logger.error({ key, err: error }, 'the outcome was never stored'),
        )
        .finally(() => heartbeat.remove(this.lease)),
    )
  }

  release(): Promise<ReleaseAnswer> {
    const { calls } = this.#engine
    const request = { key: this.#operation.storageKey, token: this.#token }
    return calls.ask(() => calls.store.release(request))
  }

  releaseInBackground(): void {
    releaseInBackground(this.#engine, this.#operation, this.#token, () => this.lease.leftMs)
  }

  extend(): Promise<ExtendAnswer> {
    const { calls } = this.#engine
    const { storageKey: key, leaseMs, ttlMs } = this.#operation
    return calls.ask(() => calls.store.extend({ key, token: this.#token, leaseMs, ttlMs }))
  }

  lost(loss: LeaseLoss): void {
    const { logger, telemetry } = this.#engine
    const { key, leaseMs } = this.#operation
    const { attempt, fence } = this
    telemetry.counts.leasesLost++
    logger.warn({ key, attempt, fence, loss }, 'lease lost')
    const why =
      loss === 'taken'
        ? 'another caller has the key now'
        : `it could not be extended within ${leaseMs} ms; was the process paused, the store away, or maxRuntime over?`
    this.run.abort(leaseLostError(key, why))
    this.#onLost()
  }

  late(lateMs: number): void {
    const { key } = this.#operation
    this.#engine.logger.warn(
      { key, lateMs },
      'a lease was extended late: is the event loop blocked?',
    )
  }

  #commit(
    encoded: Encoded,
    trace: string | undefined,
    leftMs: () => number,
  ): Promise<CommitAnswer> {
    const { calls, drained } = this.#engine
    const request = this.#request(encoded, trace)
    return calls.insist(() => calls.store.commit(request), leftMs, drained)
  }

  #request(encoded: Encoded, trace: string | undefined): CommitRequest {
    return {
      key: this.#operation.storageKey,
      token: this.#token,
      outcome: { state: 'succeeded', codec: encoded.codec, body: encoded.body },
      ttlMs: this.#operation.ttlMs,
      meta: originOf(trace),
    }
  }
}

/** A claim that nobody wants, or that may have been granted: given back by its token, at the latest by the end of its lease. */
export function releaseInBackground(
  engine: Engine,
  operation: Operation,
  token: string,
  leftMs: () => number,
): void {
  const { background, calls, drained, logger } = engine
  if (background.crowded) return
  const { key, storageKey } = operation
  void background.run(
    calls
      .insistGently(() => calls.store.release({ key: storageKey, token }), leftMs, drained)
      .then(
        () => undefined,
        (error: unknown) => logger.debug({ key, err: error }, 'a claim was left to its lease'),
      ),
  )
}
