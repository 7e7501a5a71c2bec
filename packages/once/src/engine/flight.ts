import {
  OnceInProgressError,
  OnceMismatchError,
  StoreOverloadedError,
  isOnceError,
} from '../errors.ts'
import { differs } from '../machine.ts'
import type { OnceRecord } from '../record.ts'
import type { ClaimAnswer } from '../store.ts'
import { Bid } from './bid.ts'
import type { Caller, Party } from './caller.ts'
import type { CallEnd } from './counts.ts'
import { Crowd } from './crowd.ts'
import { deliverRecord } from './deliver.ts'
import { closedError, endOf, leaseLostError } from './engine-errors.ts'
import type { Engine } from './engine.ts'
import { Execution } from './execution.ts'
import type { Home } from './execution.ts'
import { Instant } from './lease.ts'
import { NewsOfKey } from './news.ts'
import { occupationIn, occupationOf } from './occupation.ts'
import type { Occupation } from './occupation.ts'
import type { Operation } from './operation.ts'
import { Tenure } from './tenure.ts'
import type { Granted } from './tenure.ts'
import { turnNow } from './turn.ts'

/** What a look at the key showed, when it is not ours. */
type Look =
  | Exclude<ClaimAnswer, { status: 'claimed' }>
  | { readonly status: 'none' }
  /** The store gave no answer, or one that is no use. */
  | { readonly status: 'away'; readonly error: unknown }

/**
 * All callers of this process that want the same outcome: the same key with the same payload.
 * They share one claim, one run and one wait; each has its own patience and gets its own copy.
 *
 * A flight looks at the key and acts on what it sees, again and again until every caller is answered.
 */
export class Flight implements Party, Home {
  readonly hash: number
  readonly flightKey: string
  /** For the table of flights alone. */
  nextInChain: Flight | undefined
  readonly #engine: Engine
  readonly #key: string
  readonly #storageKey: string
  readonly #fingerprint: string
  readonly #callers = new Crowd()
  #news: NewsOfKey | undefined
  #execution: Execution | undefined
  #retired = false
  /** The turn in which the store was last asked; -1 before that. */
  #askedIn = -1
  #landed: Promise<void> = Promise.resolve()
  /** Why the run under way is without protection. */
  #outage: unknown
  /** What was last seen of a run elsewhere. */
  #elsewhere: Occupation | undefined

  /** Begins with one caller; others may join until it is about to answer. */
  static launch(engine: Engine, flightKey: string, caller: Caller): void {
    const flight = new Flight(engine, flightKey, caller.operation)
    engine.flights.add(flight)
    flight.join(caller)
    flight.#landed = flight.#fly()
  }

  private constructor(engine: Engine, flightKey: string, operation: Operation) {
    this.#engine = engine
    this.hash = operation.hash
    this.flightKey = flightKey
    this.#key = operation.key
    this.#storageKey = operation.storageKey
    this.#fingerprint = operation.fingerprint
  }

  /** Resolves when every caller is answered. Never rejects. */
  get landed(): Promise<void> {
    return this.#landed
  }

  join(caller: Caller): void {
    this.#callers.add(caller)
    caller.enter(this)
    if (this.#outage !== undefined && caller.operation.onStoreError === 'fail') {
      this.#callers.fail(caller, 'unavailable', this.#outage)
    } else if (this.#execution !== undefined) {
      this.#asDuplicate(caller, occupationOf(this.#execution.tenure))
    } else if (this.#elsewhere !== undefined) {
      this.#asDuplicate(caller, this.#elsewhere)
    }
  }

  left(caller: Caller): void {
    this.#callers.delete(caller)
    if (this.#callers.size > 0) return
    this.#news?.wake()
    if (this.#execution === undefined) return
    this.#execution.run.abort(new DOMException('every caller has left', 'AbortError'))
    // Whoever comes now must not be given the end of an aborted run: they wait for it as for any other.
    this.#stray()
  }

  /** The provider closes: waiting callers leave, the run is told. */
  abort(reason: Error): void {
    this.#execution?.run.abort(reason)
    this.#news?.wake()
  }

  /** The provider has waited long enough. */
  abandon(reason: Error): void {
    this.answerAll('unknown', reason)
  }

  /**
   * The run goes on without the key. Its lead has to see it through; everybody else, and whoever comes now, asks the store anew:
   * a callback that hangs must not hold them back.
   */
  strand(): void {
    if (this.#execution === undefined || this.#execution.isSettled) return
    const { lead } = this.#execution
    this.#stray()
    for (const caller of this.#callers.all()) {
      if (caller === lead) continue
      this.#callers.delete(caller)
      this.#engine.board(caller)
    }
  }

  asks(): void {
    this.#news?.forget()
    this.#askedIn = turnNow()
  }

  dismissAsked(): readonly Caller[] {
    // What a call is told was true after it began: a clear that came before it is obeyed.
    const asked = this.#callers.dismissUntil(this.#askedIn)
    if (this.#callers.size === 0) this.#retire()
    return asked
  }

  dismiss(): readonly Caller[] {
    this.#retire()
    return this.#callers.dismiss()
  }

  answerAll(end: CallEnd, error: unknown): void {
    failAll(this.dismiss(), end, error)
  }

  ended(): void {
    this.#execution = undefined
  }

  /** One async function for looking, since every await is paid by every call. */
  async #fly(): Promise<void> {
    try {
      while (this.#callers.size > 0) {
        const bid = this.#bid()
        let look: ClaimAnswer | Look
        try {
          look = await (bid === undefined ? this.#read() : bid.send())
        } catch (error) {
          look = await this.#lookAgain(error, bid)
        }
        const acting =
          look.status === 'claimed'
            ? bid && this.#won(new Tenure(bid, look, this), look)
            : this.#act(look)
        if (acting !== undefined) await acting
      }
    } catch (error) {
      this.answerAll(endOf(error), error)
    } finally {
      this.#retire()
      this.#engine.strays.delete(this)
      this.#news?.close()
    }
  }

  /** A claim for whose turn it is; none when there are only callers that may adopt. */
  #bid(): Bid | undefined {
    const lead = this.#callers.nextLead()
    if (lead === undefined || this.#engine.closing.aborted) return undefined
    const sentAt = this.#askedIn < 0 ? lead.startedAt : new Instant(this.#engine.clock)
    this.asks()
    return new Bid(this.#engine, lead, this.#callers.someoneWaits(), sentAt)
  }

  /** The first try failed. */
  async #lookAgain(failure: unknown, bid: Bid | undefined): Promise<ClaimAnswer | Look> {
    try {
      if (bid === undefined) throw failure
      return await bid.sendAgain(failure)
    } catch (error) {
      // It may have been granted all the same, unless it was never sent.
      const sent = !(failure instanceof StoreOverloadedError)
      if (sent && isOnceError(error, 'ONCE_STORE_UNAVAILABLE')) bid?.withdraw()
      return { status: 'away', error }
    }
  }

  /** What follows from what was seen. */
  #act(look: Look): Promise<void> | void {
    switch (look.status) {
      case 'none':
        // Those who have not run yet stay: the next look is a claim.
        return this.#answerLosers('nothing of it is left')
      case 'mismatch':
        this.#answerLosers('another payload took the key')
        return failAll(this.dismissAsked(), 'mismatch', new OnceMismatchError(this.#key))
      case 'done':
        return this.#replay(look.record)
      case 'executing':
        return this.#waitElsewhere(look.record, look.leaseLeftMs)
      case 'away':
        return this.#withoutStore(look.error)
      default:
        return look satisfies never
    }
  }

  /** For callers that may only adopt: the key without claiming it. */
  async #read(): Promise<Look> {
    const { calls, closing } = this.#engine
    if (closing.aborted) return { status: 'away', error: closedError() }
    this.asks()
    const stored = await calls.ask(() => calls.store.read(this.#storageKey))
    if (stored === undefined || stored.record.state === 'released') return { status: 'none' }
    const { record, leaseLeftMs } = stored
    if (differs(record.fingerprint, this.#fingerprint)) return { status: 'mismatch' }
    return record.state === 'executing'
      ? { status: 'executing', record, leaseLeftMs }
      : { status: 'done', record }
  }

  /** The key is ours: the callback runs, and its outcome is brought home. */
  #won(tenure: Tenure, { takeover }: Granted): Promise<void> | void {
    if (takeover) {
      const { attempt, fence } = tenure
      this.#engine.logger.info(
        { key: this.#key, attempt, fence },
        'took over: the lease before was over',
      )
    }
    // A process that was paused since it asked starts nothing on an old answer.
    return tenure.isFresh ? this.#execute(tenure) : this.#executeLate(tenure)
  }

  async #executeLate(tenure: Tenure): Promise<void> {
    let look: Look | undefined
    try {
      look = (await tenure.freshen()) ? undefined : await this.#read()
    } catch (error) {
      // Nobody wants it any more, and it may still be ours.
      if (isOnceError(error, 'ONCE_STORE_UNAVAILABLE')) tenure.releaseInBackground()
      look = { status: 'away', error }
    }
    await (look === undefined ? this.#execute(tenure) : this.#act(look))
  }

  /** Runs the callback of whose turn it is under the claim. */
  #execute(tenure: Tenure): Promise<void> | void {
    // The one who claimed may have left meanwhile; then it is the next one's turn.
    const lead = this.#callers.nextLead()
    if (lead === undefined || this.#engine.closing.aborted) return tenure.releaseInBackground()
    return this.#begin(lead, tenure)
  }

  /** Everybody else waits for the lead's run from now on, or leaves. */
  #begin(lead: Caller, tenure: Tenure | undefined): Promise<void> {
    this.#elsewhere = undefined
    this.#execution = new Execution(this.#engine, this, lead, tenure)
    const over = this.#execution.begin()
    if (this.#callers.size > 1) {
      for (const caller of this.#callers.all()) {
        if (caller !== lead) this.#asDuplicate(caller, occupationOf(tenure))
      }
    }
    return over
  }

  /** The store gave no answer: nobody runs, unless a caller would rather run without protection. */
  #withoutStore(error: unknown): Promise<void> | void {
    const { closing, logger } = this.#engine
    const overloaded = error instanceof StoreOverloadedError
    const away = isOnceError(error, 'ONCE_STORE_UNAVAILABLE') && !overloaded && !closing.aborted
    for (const caller of this.#callers.all()) {
      // Whoever has seen a run would knowingly start a second one.
      const seen = caller.waited || this.#elsewhere !== undefined
      const runs = away && !seen && caller.operation.onStoreError === 'run'
      if (!runs) this.#callers.fail(caller, endOf(error), error)
    }
    const lead = this.#callers.nextLead()
    if (lead === undefined) return
    this.#outage = error
    logger.warn({ key: this.#key, err: error }, 'degraded: running without protection')
    return this.#begin(lead, undefined)
  }

  async #waitElsewhere(record: OnceRecord, leaseLeftMs: number): Promise<void> {
    if (this.#elsewhere === undefined) {
      const { logger } = this.#engine
      logger.debug({ key: this.#key, attempt: record.attempt }, 'executing elsewhere')
    }
    this.#elsewhere = occupationIn(record, leaseLeftMs)
    for (const caller of this.#callers.all()) this.#asDuplicate(caller, this.#elsewhere)
    if (this.#callers.size === 0) return
    this.#news ??= new NewsOfKey(this.#engine, this.#storageKey)
    const news = (await this.#news.next(leaseLeftMs))?.record
    if (news === undefined || news.state === 'executing' || news.state === 'released') return
    if (!differs(news.fingerprint, this.#fingerprint)) this.#replay(news)
  }

  /** Somebody else's run is under way: the caller waits for it, or leaves. */
  #asDuplicate(caller: Caller, { holder, leaseLeftMs }: Occupation): void {
    if (caller.operation.onDuplicate === 'wait') return caller.startWaiting()
    const retryAfterMs = Math.max(1, leaseLeftMs)
    this.#callers.fail(
      caller,
      'conflict',
      new OnceInProgressError(this.#key, retryAfterMs, holder()),
    )
  }

  #replay(record: OnceRecord): void {
    const { attempt, state } = record
    this.#engine.logger.debug({ key: this.#key, attempt, state }, 'replayed')
    deliverRecord(this.#engine, this.dismissAsked(), record)
  }

  #answerLosers(why: string): void {
    for (const caller of this.#callers.all()) {
      if (caller.leaseLost) this.#callers.fail(caller, 'lease_lost', leaseLostError(this.#key, why))
    }
  }

  /** Nobody joins any more, though the run goes on. */
  #stray(): void {
    this.#retire()
    this.#engine.strays.add(this)
  }

  #retire(): void {
    if (this.#retired) return
    this.#retired = true
    this.#engine.flights.delete(this)
  }
}

function failAll(callers: readonly Caller[], end: CallEnd, error: unknown): void {
  for (const caller of callers) caller.fail(end, error)
}
