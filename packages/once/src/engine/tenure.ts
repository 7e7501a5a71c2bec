import type { Encoded } from '../codec/index.ts'
import { originOf } from '../meta.ts'
import type {
  ClaimAnswer,
  CommitAnswer,
  CommitRequest,
  ExtendAnswer,
  ReleaseAnswer,
} from '../store.ts'
import type { Bid } from './bid.ts'
import type { Caller } from './caller.ts'
import { leaseLostError } from './engine-errors.ts'
import type { Engine } from './engine.ts'
import { Instant, Lease } from './lease.ts'
import type { LeaseLoss, LeaseOwner } from './lease.ts'
import type { Operation } from './operation.ts'
import { OnceRun } from './run.ts'
import { traceOf } from './telemetry.ts'

export type Granted = ClaimAnswer & { readonly status: 'claimed' }

/** From the grant of a claim until the key is given back: all that its owner may do with it. */
export class Tenure implements LeaseOwner {
  readonly run: OnceRun
  readonly lease: Lease
  readonly #bid: Bid
  readonly #party: { strand(): void }
  #keepers = 0

  /** @param party - is told when the lease is over */
  constructor(bid: Bid, granted: Granted, party: { strand(): void }) {
    const { engine, caller, sentAt } = bid
    const { operation } = caller
    this.run = new OnceRun(operation.key, operation.storageKey, granted)
    this.lease = new Lease(operation, engine.settings.maxRuntimeMs, this, sentAt, engine.clock)
    this.#bid = bid
    this.#party = party
  }

  get fence(): number {
    return this.run.fence
  }

  get attempt(): number {
    return this.run.attempt
  }

  /** JSON text: what the store was told about the holder. */
  get meta(): string {
    return this.#bid.request.holder
  }

  /** The lease is extended from now on, until `rest()` was called as often. */
  keep(): void {
    if (this.#keepers++ === 0) this.#bid.engine.heartbeat.add(this.lease)
  }

  rest(): void {
    if (--this.#keepers === 0) this.#bid.engine.heartbeat.remove(this.lease)
  }

  /** A process that was paused since it claimed starts nothing on an old answer. */
  get isFresh(): boolean {
    // A store in this process answers in the turn of the question.
    if (this.#bid.engine.calls.immediate) return true
    return this.lease.leftMs >= this.#bid.request.leaseMs / 2
  }

  /** Extends the lease until it is fresh; false when the key is another's. */
  async freshen(): Promise<boolean> {
    while (!this.isFresh) {
      if ((await this.lease.extend()) !== 'extended') return false
    }
    return true
  }

  /** The first try to write the outcome; one that failed is made again by {@link commitAgain}. */
  commit(request: CommitRequest): Promise<CommitAnswer> {
    const { calls } = this.#bid.engine
    // A store that answers at once spares the look at the clocks.
    const leftMs = calls.immediate ? Infinity : this.lease.leftMs
    return calls.first(() => calls.store.commit(request), leftMs)
  }

  /** Writes it again and again by token until the lease is over. Extensions meanwhile do not prolong that. */
  commitAgain(failure: unknown, request: CommitRequest): Promise<CommitAnswer> {
    const { calls, clock, drained } = this.#bid.engine
    const startedAt = new Instant(clock)
    const { leftMs } = this.lease
    return calls.insistAgain(
      failure,
      () => calls.store.commit(request),
      () => leftMs - startedAt.elapsedMs(clock),
      drained,
    )
  }

  /** Goes on writing the outcome after everybody was told that nobody knows. While it does, nobody else should run. */
  commitInBackground(request: CommitRequest): void {
    const { background, calls, clock, drained, logger, settings } = this.#bid.engine
    const { key } = this.#bid.caller.operation
    const startedAt = new Instant(clock)
    const leftMs = (): number => settings.maxRuntimeMs - startedAt.elapsedMs(clock)
    this.keep()
    void background.run(
      calls
        .insist(() => calls.store.commit(request), leftMs, drained)
        .then(
          (answer) =>
            answer === 'committed'
              ? logger.warn({ key }, 'the outcome reached the store late')
              : logger.error({ key }, 'the outcome came too late: another one stands'),
          (error: unknown) => logger.error({ key, err: error }, 'the outcome was never stored'),
        )
        .finally(() => this.rest()),
    )
  }

  release(): Promise<ReleaseAnswer> {
    const { calls } = this.#bid.engine
    const { key, token } = this.#bid.request
    return calls.ask(() => calls.store.release({ key, token }))
  }

  releaseInBackground(): void {
    const { engine, caller, request } = this.#bid
    releaseInBackground(engine, caller.operation, request.token, () => this.lease.leftMs)
  }

  extend(): Promise<ExtendAnswer> {
    const { calls } = this.#bid.engine
    const { key, token, leaseMs, ttlMs } = this.#bid.request
    return calls.ask(() => calls.store.extend({ key, token, leaseMs, ttlMs }))
  }

  lost(loss: LeaseLoss): void {
    const { logger, telemetry } = this.#bid.engine
    const { key, leaseMs } = this.#bid.caller.operation
    const { attempt, fence } = this
    telemetry.counts.leasesLost++
    logger.warn({ key, attempt, fence, loss }, 'lease lost')
    const why =
      loss === 'taken'
        ? 'another caller has the key now'
        : `it could not be extended within ${leaseMs} ms; was the process paused, the store away, or maxRuntime over?`
    this.run.abort(leaseLostError(key, why))
    this.#party.strand()
  }

  late(lateMs: number): void {
    const { key } = this.#bid.caller.operation
    this.#bid.engine.logger.warn(
      { key, lateMs },
      'a lease was extended late: is the event loop blocked?',
    )
  }

  /** What is to be written as the outcome of this caller's run. */
  commitRequest(lead: Caller, encoded: Encoded): CommitRequest {
    const { caller, request } = this.#bid
    // The one who claimed may have left before the run.
    const trace = lead === caller ? this.#bid.trace : traceOf(lead.span)
    return {
      key: request.key,
      token: request.token,
      outcome: { state: 'succeeded', codec: encoded.codec, body: encoded.body },
      ttlMs: request.ttlMs,
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
