import type { Encoded } from '../codec/index.ts'
import {
  OnceError,
  OnceInProgressError,
  OnceMismatchError,
  describeHolder,
  isOnceError,
} from '../errors.ts'
import { holderOf, originOf, traceIn } from '../meta.ts'
import type { OnceRecord } from '../record.ts'
import type { ClaimAnswer, CommitAnswer, CommitRequest, ExtendAnswer } from '../store.ts'
import type { Caller, Party } from './caller.ts'
import type { Chain, Engine } from './engine.ts'
import { Instant, Lease } from './lease.ts'
import type { LeaseLoss, LeaseOwner } from './lease.ts'
import { NewsOfKey } from './news.ts'
import type { Callback, Operation } from './operation.ts'
import { ownValue, produce, replayedValue } from './outcome.ts'
import type { Product } from './outcome.ts'
import { OnceRun } from './run.ts'
import type { CallEnd } from './counts.ts'
import { traceOf } from './telemetry.ts'

/** What is known of the key: that it is ours, or what the store says of it. */
type Look =
  | { readonly status: 'ours'; readonly held: Held }
  | Exclude<ClaimAnswer, { status: 'claimed' }>
  | { readonly status: 'none' }

/** A claim that was granted. */
interface Held {
  readonly operation: Operation
  /** What the store was told about the holder. */
  readonly meta: string
  readonly fence: number
  readonly lease: Lease
  readonly run: OnceRun
}

/**
 * All callers of this process that want the same outcome: the same key with the same payload.
 * They share one claim, one run and one wait; each has its own patience and gets its own copy.
 */
export class Flight implements Party, LeaseOwner {
  /** Resolves when every caller is answered. Never rejects. */
  readonly landed: Promise<void>
  readonly #engine: Engine
  readonly #key: string
  readonly #storageKey: string
  readonly #flightKey: string
  readonly #fingerprint: string
  readonly #callers = new Set<Caller>()
  #news: NewsOfKey | undefined
  /** The last claim that was granted. */
  #held: Held | undefined
  /** The run under way, and whose callback it is. */
  #running: Running | undefined
  /** Why the run under way is without protection. */
  #outage: unknown
  /** What was last seen of a run elsewhere. */
  #elsewhere: { readonly record: OnceRecord; readonly leaseLeftMs: number } | undefined

  constructor(engine: Engine, flightKey: string, caller: Caller) {
    const { operation } = caller
    this.#engine = engine
    this.#flightKey = flightKey
    this.#key = operation.key
    this.#storageKey = operation.storageKey
    this.#fingerprint = operation.fingerprint
    engine.flights.set(flightKey, this)
    this.join(caller)
    this.landed = this.#fly()
  }

  get running(): boolean {
    return this.#running !== undefined
  }

  join(caller: Caller): void {
    this.#callers.add(caller)
    caller.enter(this)
    if (this.#outage !== undefined && caller.operation.onStoreError === 'fail') {
      this.#callers.delete(caller)
      return caller.fail('unavailable', this.#outage)
    }
    if (this.#running !== undefined) this.#asDuplicate(caller, this.#ownHolder())
    else if (this.#elsewhere !== undefined) this.#asDuplicate(caller, this.#elsewhere)
  }

  async #fly(): Promise<void> {
    try {
      while (this.#callers.size > 0) {
        if (this.#engine.closing.aborted) return this.#failAll('rejected', () => closedError())
        // oxlint-disable-next-line no-await-in-loop -- each look depends on what the one before found
        await this.#advance()
      }
    } catch (error) {
      this.#failAll(endOf(error), () => error)
    } finally {
      this.#retire()
      this.#engine.strays.delete(this)
      this.#news?.close()
    }
  }

  /** The provider closes: waiting callers leave, the run is told. */
  abort(reason: Error): void {
    this.#running?.run.abort(reason)
    this.#news?.wake()
  }

  /** The provider has waited long enough. */
  abandon(reason: Error): void {
    this.#failAll('unknown', () => reason)
  }

  /** One look at the key and what follows from it. */
  async #advance(): Promise<void> {
    this.#news?.forget()
    const lead = this.#nextLead()
    let look: Look
    try {
      look = lead === undefined ? await this.#read() : await this.#claim(lead)
    } catch (error) {
      return this.#withoutStore(error)
    }
    switch (look.status) {
      case 'ours': {
        if (this.#engine.closing.aborted) return this.#releaseInBackground(look.held)
        // The one who asked may have left meanwhile; then it is the next one's turn.
        const runner = this.#nextLead()
        if (runner !== undefined) return this.#execute(runner, look.held)
        return this.#releaseInBackground(look.held)
      }
      case 'none':
        // Those who have not run yet stay: the next look is a claim.
        return this.#failEach((caller) =>
          caller.leaseLost
            ? ['lease_lost', leaseLost(this.#key, 'nothing of it is left')]
            : undefined,
        )
      case 'mismatch':
        return this.#failEach((caller) =>
          caller.leaseLost
            ? ['lease_lost', leaseLost(this.#key, 'another payload took the key')]
            : ['mismatch', new OnceMismatchError(this.#key)],
        )
      case 'done':
        return this.#replay(look.record)
      case 'executing':
        return this.#waitElsewhere(look)
      default:
        return look satisfies never
    }
  }

  async #claim(lead: Caller): Promise<Look> {
    const engine = this.#engine
    const { calls, clock } = engine
    const { operation } = lead
    const token = engine.newToken()
    const sentAt = new Instant(clock)
    const request = {
      key: this.#storageKey,
      token,
      fingerprint: operation.fingerprint,
      leaseMs: operation.leaseMs,
      ttlMs: operation.ttlMs,
      holder: engine.holder(operation.ttlMs, traceOf(lead.span)),
      wait: this.#someoneWaits(),
      attemptLimit: 0,
    }
    let answer: ClaimAnswer
    try {
      answer = await calls.ask(
        () => calls.store.claim(request),
        // Carried out after its release was: a delayed request. Nobody wants it any more.
        (late) => late.status === 'claimed' && this.#releaseLate(token, operation.leaseMs, sentAt),
      )
    } catch (error) {
      // It may have been granted all the same.
      if (isOnceError(error, 'ONCE_STORE_UNAVAILABLE'))
        this.#releaseLate(token, operation.leaseMs, sentAt)
      throw error
    }
    if (answer.status !== 'claimed') return answer

    const { fence, attempt } = answer
    const { leaseMs, heartbeatMs } = operation
    const { maxRuntimeMs } = engine.settings
    const lease = new Lease(
      { token, attempt, fence, leaseMs, heartbeatMs, maxRuntimeMs },
      this,
      sentAt,
      clock,
    )
    const held: Held = {
      operation,
      meta: request.holder,
      fence,
      lease,
      run: new OnceRun(this.#key, this.#storageKey, answer),
    }
    this.#held = held
    if (answer.takeover) {
      engine.logger.info(
        { key: this.#key, attempt, fence },
        'took over: the lease of the owner before was over',
      )
    }
    // A process that was paused since it asked starts nothing on an old answer.
    try {
      while (lease.leftMs < leaseMs / 2) {
        // oxlint-disable-next-line no-await-in-loop -- it may be paused again meanwhile
        if ((await lease.extend()) !== 'extended') return this.#read()
      }
    } catch (error) {
      this.#releaseInBackground(held)
      throw error
    }
    return { status: 'ours', held }
  }

  extend(lease: Lease): Promise<ExtendAnswer> {
    const { calls } = this.#engine
    const { token, leaseMs } = lease.terms
    const ttlMs = this.#held?.operation.ttlMs ?? 0
    return calls.ask(() => calls.store.extend({ key: this.#storageKey, token, leaseMs, ttlMs }))
  }

  lost(lease: Lease, loss: LeaseLoss): void {
    const { logger, telemetry } = this.#engine
    const { attempt, fence, leaseMs } = lease.terms
    telemetry.counts.leasesLost++
    logger.warn({ key: this.#key, attempt, fence, loss }, 'lease lost')
    const why =
      loss === 'taken'
        ? 'another caller has the key now'
        : `it could not be extended within ${leaseMs} ms; was the process paused, the store away, or maxRuntime over?`
    this.#held?.run.abort(leaseLost(this.#key, why))
    this.#strand()
  }

  late(_lease: Lease, lateMs: number): void {
    this.#engine.logger.warn(
      { key: this.#key, lateMs },
      'a lease was extended late: is the event loop blocked?',
    )
  }

  /**
   * The run goes on without the key. Its lead has to see it through; everybody else, and whoever comes now, asks the store anew:
   * a callback that hangs must not hold them back.
   */
  #strand(): void {
    if (this.#running === undefined || this.#running.link?.over === true) return
    const { lead } = this.#running
    this.#stray()
    for (const caller of this.#callers) {
      if (caller === lead) continue
      this.#callers.delete(caller)
      this.#engine.board(caller)
    }
  }

  /** For callers that may only adopt: the key without claiming it. */
  async #read(): Promise<Look> {
    const { calls } = this.#engine
    const stored = await calls.ask(() => calls.store.read(this.#storageKey))
    if (stored === undefined || stored.record.state === 'released') return { status: 'none' }
    const { record, leaseLeftMs } = stored
    if (differs(record.fingerprint, this.#fingerprint)) return { status: 'mismatch' }
    return record.state === 'executing'
      ? { status: 'executing', record, leaseLeftMs }
      : { status: 'done', record }
  }

  async #waitElsewhere(look: { record: OnceRecord; leaseLeftMs: number }): Promise<void> {
    const { logger } = this.#engine
    if (this.#elsewhere === undefined) {
      logger.debug({ key: this.#key, holder: holderOf(look.record) }, 'executing elsewhere')
    }
    this.#elsewhere = look
    for (const caller of this.#callers) this.#asDuplicate(caller, look)
    if (this.#callers.size === 0) return
    this.#news ??= new NewsOfKey(this.#engine, this.#storageKey)
    const record = (await this.#news.next(look.leaseLeftMs))?.record
    if (record === undefined || record.state === 'executing' || record.state === 'released') return
    if (!differs(record.fingerprint, this.#fingerprint)) this.#replay(record)
  }

  /** Somebody else's run is under way: the caller waits for it, or leaves. */
  #asDuplicate(caller: Caller, seen: { record: OnceRecord; leaseLeftMs: number } | OwnRun): void {
    if (caller.operation.onDuplicate === 'wait') return caller.startWaiting()
    const holder = 'record' in seen ? holderOf(seen.record) : seen.holder
    this.#callers.delete(caller)
    caller.fail(
      'conflict',
      new OnceInProgressError(this.#key, Math.max(1, seen.leaseLeftMs), holder),
    )
  }

  #ownHolder(): OwnRun {
    const held = this.#running?.held
    return {
      holder: held === undefined ? { pid: process.pid } : holderOf(held),
      leaseLeftMs: held?.lease.leftMs ?? UNPROTECTED_RETRY_MS,
    }
  }

  /** Runs the callback under the claim. */
  async #execute(lead: Caller, held: Held): Promise<void> {
    const { heartbeat, logger, settings, clock } = this.#engine
    heartbeat.add(held.lease)
    let committing: Promise<unknown> | undefined
    try {
      let product: Product
      try {
        const value = await this.#call(lead, held.run, held)
        product = produce(lead.operation.discard ? undefined : value, settings.maxResultBytes)
      } catch (error) {
        return await this.#failed(lead, held, error)
      }
      this.#warnOfCopy(product.encoded)
      const commit = this.#commitOf(lead, held, product.encoded)
      try {
        // Extensions that succeed meanwhile do not prolong the caller's wait.
        const startedAt = new Instant(clock)
        const { leftMs } = held.lease
        const answer = await commit(() => leftMs - startedAt.elapsedMs(clock))
        if (answer === 'lost') return this.#becomeDuplicate(lead)
      } catch (error) {
        if (!isOnceError(error)) throw error
        logger.error(
          { key: this.#key, attempt: held.lease.terms.attempt, err: error },
          'the outcome could not be stored',
        )
        this.#failAll('unknown', () => outcomeUnknown(this.#key, error))
        committing = this.#commitLate(commit)
        return
      }
      logger.debug({ key: this.#key, attempt: held.lease.terms.attempt }, 'executed')
      this.#deliver(lead, product, { attempt: held.lease.terms.attempt, protected: true })
    } finally {
      this.#running = undefined
      // While the outcome is still on its way, nobody else should run.
      if (committing === undefined) heartbeat.remove(held.lease)
      else void committing.finally(() => heartbeat.remove(held.lease))
    }
  }

  /** Calls the lead's callback, as a run of this flight. */
  #call(lead: Caller, run: OnceRun, held: Held | undefined): Promise<unknown> {
    const { chain, telemetry, closing } = this.#engine
    const running: Running = { lead, held, run, link: undefined }
    this.#running = running
    this.#elsewhere = undefined
    lead.stopWaiting()
    for (const caller of this.#callers) {
      if (caller !== lead) this.#asDuplicate(caller, this.#ownHolder())
    }
    telemetry.counts.executions++
    if (closing.aborted) run.abort(closedError())
    const { callback } = lead.operation
    const begin = (): Promise<unknown> => {
      const link: Chain = { storageKey: this.#storageKey, parent: chain.getStore(), over: false }
      running.link = link
      return lead.span === undefined
        ? chain.run(link, invoke, callback, run, link)
        : chain.run(link, () => telemetry.within(lead.span, () => invoke(callback, run, link)))
    }
    return lead.context === undefined ? begin() : lead.context(begin)
  }

  /** Writes the outcome, again and again by token for as long as there is time. */
  #commitOf(lead: Caller, held: Held, encoded: Encoded): Commit {
    const { calls, drained } = this.#engine
    const request: CommitRequest = {
      key: this.#storageKey,
      token: held.lease.terms.token,
      outcome: { state: 'succeeded', codec: encoded.codec, body: encoded.body },
      ttlMs: held.operation.ttlMs,
      meta: originOf(traceOf(lead.span)),
    }
    return (leftMs) => calls.insist(() => calls.store.commit(request), leftMs, drained)
  }

  #commitLate(commit: Commit): Promise<void> {
    const { clock, settings, logger } = this.#engine
    const startedAt = new Instant(clock)
    return this.#inBackground(
      commit(() => settings.maxRuntimeMs - startedAt.elapsedMs(clock)).then(
        (answer) =>
          answer === 'committed'
            ? logger.warn({ key: this.#key }, 'the outcome reached the store late')
            : logger.error({ key: this.#key }, 'the outcome came too late: another one stands'),
        (error: unknown) =>
          logger.error({ key: this.#key, err: error }, 'the outcome was never stored'),
      ),
    )
  }

  /** The callback threw: the key is given back and the error is everybody's, unless the key was lost meanwhile. */
  async #failed(lead: Caller, held: Held, error: unknown): Promise<void> {
    const { calls, logger } = this.#engine
    try {
      const answer = await calls.ask(() =>
        calls.store.release({ key: this.#storageKey, token: held.lease.terms.token }),
      )
      // The callback was told that its lease is lost, so what it threw is most likely that.
      if (answer === 'lost' && held.lease.isLost) return this.#becomeDuplicate(lead)
    } catch (cause) {
      logger.warn(
        { key: this.#key, err: cause },
        'the key could not be released; it is free when its lease is over',
      )
      this.#releaseInBackground(held)
    }
    logger.debug(
      { key: this.#key, attempt: held.lease.terms.attempt, err: error },
      'the callback failed, the key is free',
    )
    this.#failAll('failed', () => error)
  }

  /** The store refused the end of the run: the lead may adopt what the winner left, and nothing else. */
  #becomeDuplicate(lead: Caller): void {
    lead.leaseLost = true
    this.#running = undefined
    this.#engine.logger.warn(
      { key: this.#key },
      'the commit was refused: another caller has the key',
    )
  }

  /** The store gave no answer to a claim: nobody runs, unless a caller would rather run without protection. */
  async #withoutStore(error: unknown): Promise<void> {
    const { logger, settings } = this.#engine
    // Once somebody was seen executing, a run without protection would knowingly be a second one.
    const mayRun =
      isOnceError(error, 'ONCE_STORE_UNAVAILABLE') &&
      this.#elsewhere === undefined &&
      !this.#engine.closing.aborted
    const wants = (caller: Caller): boolean =>
      mayRun && !caller.leaseLost && !caller.waited && caller.operation.onStoreError === 'run'
    for (const caller of this.#callers) {
      if (wants(caller)) continue
      this.#callers.delete(caller)
      caller.fail(endOf(error), error)
    }
    const lead = this.#nextLead()
    if (lead === undefined) return
    this.#outage = error
    logger.warn(
      { key: this.#key, err: error },
      'degraded: running without protection (onStoreError: run)',
    )
    const run = new OnceRun(this.#key, this.#storageKey, undefined)
    try {
      const value = await this.#call(lead, run, undefined)
      const product = produce(lead.operation.discard ? undefined : value, settings.maxResultBytes)
      this.#warnOfCopy(product.encoded)
      this.#deliver(lead, product, { attempt: run.attempt, protected: false })
    } catch (cause) {
      this.#failAll('failed', () => cause)
    } finally {
      this.#running = undefined
    }
  }

  /** The lead gets its own value, everybody else a copy each. */
  #deliver(lead: Caller, product: Product, facts: { attempt: number; protected: boolean }): void {
    this.#retire()
    const origin = traceOf(lead.span)
    for (const caller of this.#callers) {
      this.#callers.delete(caller)
      if (caller === lead) caller.succeed(ownValue(product), { ...facts, replayed: false })
      else this.#giveStored(caller, product.encoded, { ...facts, replayed: true, origin })
    }
  }

  #replay(record: OnceRecord): void {
    const { logger, telemetry } = this.#engine
    this.#retire()
    const origin = traceIn(record)
    logger.debug({ key: this.#key, state: record.state, attempt: record.attempt }, 'replayed')
    for (const caller of this.#callers) {
      this.#callers.delete(caller)
      const facts = { attempt: record.attempt, protected: true, replayed: true, origin }
      if (record.state === 'succeeded') this.#giveStored(caller, record, facts)
      else if (record.state === 'failed') this.#giveStoredError(caller, record, facts)
      else {
        if (record.state === 'indeterminate') telemetry.counts.indeterminate++
        caller.fail('rejected', unrunnable(this.#key, record), facts)
      }
    }
  }

  #giveStored(
    caller: Caller,
    stored: { codec: number; body: OnceRecord['body'] },
    facts: { attempt: number; protected: boolean; replayed: boolean; origin?: string | undefined },
  ): void {
    try {
      caller.succeed(replayedValue(this.#key, stored.codec, stored.body), facts)
    } catch (error) {
      caller.fail(caller.waited ? 'waited' : 'replayed', error, facts)
    }
  }

  #giveStoredError(
    caller: Caller,
    record: OnceRecord,
    facts: { attempt: number; replayed: boolean; origin?: string | undefined },
  ): void {
    let error: unknown
    try {
      error = replayedValue(this.#key, record.codec, record.body)
    } catch (unreadable) {
      error = unreadable
    }
    caller.fail(caller.waited ? 'waited' : 'replayed', error, facts)
  }

  left(caller: Caller): void {
    this.#callers.delete(caller)
    if (this.#callers.size > 0) return
    this.#news?.wake()
    if (this.#running === undefined) return
    this.#running.run.abort(new DOMException('every caller has left', 'AbortError'))
    // Whoever comes now must not be given the end of an aborted run: they wait for it as for any other.
    this.#stray()
  }

  /** A caller that ran already and lost its lease may adopt an outcome, but never runs again. */
  #nextLead(): Caller | undefined {
    for (const caller of this.#callers) if (!caller.leaseLost) return caller
    return undefined
  }

  #someoneWaits(): boolean {
    for (const caller of this.#callers) if (caller.operation.onDuplicate === 'wait') return true
    return false
  }

  /** Nobody joins any more, though the run goes on. */
  #stray(): void {
    this.#retire()
    this.#engine.strays.add(this)
  }

  /** Whoever comes from now on begins a flight of their own: this one is about to answer its callers. */
  #retire(): void {
    const { flights } = this.#engine
    if (flights.get(this.#flightKey) === this) flights.delete(this.#flightKey)
  }

  #failAll(end: CallEnd, error: () => unknown): void {
    this.#failEach(() => [end, error()])
  }

  /** Answers the callers that `how` has something for. */
  #failEach(how: (caller: Caller) => [CallEnd, unknown] | undefined): void {
    const failures: [Caller, CallEnd, unknown][] = []
    for (const caller of this.#callers) {
      const failure = how(caller)
      if (failure === undefined) continue
      failures.push([caller, ...failure])
      this.#callers.delete(caller)
    }
    if (this.#callers.size === 0) this.#retire()
    for (const [caller, end, error] of failures) caller.fail(end, error)
  }

  #releaseInBackground(held: Held): void {
    this.#release(held.lease.terms.token, () => held.lease.leftMs)
  }

  #releaseLate(token: string, leaseMs: number, sentAt: Instant): void {
    this.#release(token, () => leaseMs - sentAt.elapsedMs(this.#engine.clock))
  }

  /** A claim nobody wants: given back by its token, at the latest by the end of its lease. */
  #release(token: string, leftMs: () => number): void {
    const { calls, drained, logger, background } = this.#engine
    // Its lease bounds how long a claim stays; a crowd of releases against a store that is away would bound nothing.
    if (background.size >= MAX_BACKGROUND) return
    void this.#inBackground(
      calls
        .insistGently(() => calls.store.release({ key: this.#storageKey, token }), leftMs, drained)
        .then(
          () => undefined,
          (error: unknown) =>
            logger.debug({ key: this.#key, err: error }, 'a claim was left to its lease'),
        ),
    )
  }

  #inBackground(work: Promise<void>): Promise<void> {
    const { background } = this.#engine
    background.add(work)
    return work.finally(() => background.delete(work))
  }

  #warnOfCopy(encoded: Encoded): void {
    const { className } = encoded
    if (!encoded.copied || className === undefined || warnedClasses.has(className)) return
    warnedClasses.add(className)
    this.#engine.logger.warn(
      { key: this.#key, class: className },
      `a result holds a ${className}, which is stored as plain data: every caller gets the plain copy`,
    )
  }
}

interface Running {
  readonly lead: Caller
  readonly held: Held | undefined
  readonly run: OnceRun
  /** Tells whether the callback is over. */
  link: Chain | undefined
}

type Commit = (leftMs: () => number) => Promise<CommitAnswer>

interface OwnRun {
  readonly holder: ReturnType<typeof holderOf>
  readonly leaseLeftMs: number
}

const MAX_BACKGROUND = 1_000

/** A run without a claim has no lease that would say when to ask again. */
const UNPROTECTED_RETRY_MS = 1_000

const warnedClasses = new Set<string>()

/** What it throws at once rejects like what it throws later. */
async function invoke(callback: Callback, run: OnceRun, link: Chain): Promise<unknown> {
  try {
    return await callback(run)
  } finally {
    link.over = true
  }
}

function differs(stored: string, given: string): boolean {
  return stored !== '' && given !== '' && stored !== given
}

export function closedError(): OnceError {
  return new OnceError('ONCE_CLOSED', 'this once is closed; create another to go on')
}

function leaseLost(key: string, why: string): OnceError {
  return new OnceError('ONCE_LEASE_LOST', `the lease of "${key}" was lost: ${why}`, { key })
}

function outcomeUnknown(key: string, cause: unknown): OnceError {
  return new OnceError(
    'ONCE_OUTCOME_UNKNOWN',
    `"${key}" was executed, but the store did not take the outcome before the lease was over; storing it goes on in the background`,
    { key, cause },
  )
}

function unrunnable(key: string, record: OnceRecord): OnceError {
  switch (record.state) {
    case 'indeterminate':
      return new OnceError(
        'ONCE_INDETERMINATE',
        `nobody knows whether the effect of "${key}" happened: its owner, ${describeHolder(holderOf(record))}, died after declaring it; find out, then clear the key by force`,
        { key },
      )
    case 'exhausted':
      return new OnceError(
        'ONCE_EXHAUSTED',
        `"${key}" was tried ${record.attempt} times without an outcome; clear it to try again`,
        { key },
      )
    default:
      return new OnceError(
        'ONCE_KEY_EXPIRED',
        `"${key}" was used before and its outcome is no longer kept; use a new key`,
        { key },
      )
  }
}

function endOf(error: unknown): CallEnd {
  if (!isOnceError(error)) return 'unavailable'
  return error.code === 'ONCE_RECORD_UNREADABLE' || error.code === 'ONCE_CLOSED'
    ? 'rejected'
    : 'unavailable'
}
