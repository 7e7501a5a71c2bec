import { isOnceError } from '../errors.ts'
import type { CommitAnswer, CommitRequest } from '../store.ts'
import type { Caller } from './caller.ts'
import type { CallEnd } from './counts.ts'
import { deliverProduct, warnOfCopy } from './deliver.ts'
import { outcomeUnknownError } from './engine-errors.ts'
import type { Chain, Engine } from './engine.ts'
import { invokeFor } from './invoke.ts'
import { produce } from './outcome.ts'
import type { Product } from './outcome.ts'
import { OnceRun } from './run.ts'
import type { Tenure } from './tenure.ts'

/** Whom an outcome is brought home to. */
export interface Home {
  /** The store is about to be asked for what they are told by {@link dismissAsked}. */
  asks(): void
  /** Those who were here when the store was last asked, and are about to be answered. Whoever came since asks anew. */
  dismissAsked(): readonly Caller[]
  /** All callers, who are about to be answered: whoever comes from now on begins a flight of their own. */
  dismiss(): readonly Caller[]
  answerAll(end: CallEnd, error: unknown): void
  /** The execution is over, whatever came of it. */
  ended(): void
}

/** One call of a lead's callback, from its start until everybody who waits for it has its outcome. */
export class Execution {
  readonly lead: Caller
  readonly run: OnceRun
  /** Missing when the store could not be reached and the lead runs all the same. */
  readonly tenure: Tenure | undefined
  readonly #engine: Engine
  readonly #home: Home
  #link: Chain | undefined

  constructor(engine: Engine, home: Home, lead: Caller, tenure: Tenure | undefined) {
    const { key, storageKey } = lead.operation
    this.#engine = engine
    this.#home = home
    this.lead = lead
    this.tenure = tenure
    this.run = tenure?.run ?? new OnceRun(key, storageKey, undefined)
  }

  /** Whether the callback has settled; its outcome may still be on the way. */
  get isSettled(): boolean {
    return this.#link?.over === true
  }

  /** The callback is called before this returns. */
  begin(): Promise<void> {
    this.lead.stopWaiting()
    this.#engine.telemetry.counts.executions++
    return this.tenure === undefined ? this.#unprotected() : this.#under(this.tenure)
  }

  async #under(tenure: Tenure): Promise<void> {
    tenure.keep()
    try {
      let product: Product
      try {
        product = this.#product(await this.#call())
      } catch (error) {
        return await this.#fail(tenure, error)
      }
      const request = tenure.commitRequest(this.lead, product.encoded)
      let answer: CommitAnswer | undefined
      this.#home.asks()
      try {
        answer = await tenure.commit(request)
      } catch (error) {
        answer = await this.#commitAgain(tenure, request, error)
      }
      if (answer === undefined) return
      if (answer === 'lost') return this.#lose()
      const { attempt } = tenure
      this.#engine.logger.debug({ key: this.#key, attempt }, 'executed')
      const made = { attempt, protected: true }
      deliverProduct(this.#home.dismissAsked(), this.lead, product, made)
    } finally {
      this.#home.ended()
      tenure.rest()
    }
  }

  async #unprotected(): Promise<void> {
    try {
      const product = this.#product(await this.#call())
      const made = { attempt: this.run.attempt, protected: false }
      deliverProduct(this.#home.dismiss(), this.lead, product, made)
    } catch (error) {
      this.#settled()
      this.#home.answerAll('failed', error)
    } finally {
      this.#home.ended()
    }
  }

  get #key(): string {
    return this.lead.operation.key
  }

  #call(): unknown {
    const { result, link } = invokeFor(this.#engine, this.lead, this.run)
    this.#link = link
    return result
  }

  /** What the callback gave, encoded. */
  #product(value: unknown): Product {
    const { logger, settings } = this.#engine
    this.#settled()
    const kept = this.lead.operation.discard ? undefined : value
    const product = produce(kept, settings.maxResultBytes)
    warnOfCopy(logger, this.#key, product)
    return product
  }

  /** What the callback left behind may ask for the key. */
  #settled(): void {
    if (this.#link !== undefined) this.#link.over = true
  }

  /** The outcome, or nothing when nobody knows it and everybody was told so. */
  async #commitAgain(
    tenure: Tenure,
    request: CommitRequest,
    failure: unknown,
  ): Promise<CommitAnswer | undefined> {
    try {
      return await tenure.commitAgain(failure, request)
    } catch (error) {
      if (!isOnceError(error)) throw error
      const { attempt } = tenure
      this.#engine.logger.error(
        { key: this.#key, attempt, err: error },
        'the outcome could not be stored',
      )
      this.#home.answerAll('unknown', outcomeUnknownError(this.#key, error))
      tenure.commitInBackground(request)
      return undefined
    }
  }

  /** The callback threw: the key is given back and the error is everybody's, unless the key was lost meanwhile. */
  async #fail(tenure: Tenure, error: unknown): Promise<void> {
    const { logger } = this.#engine
    const { attempt } = tenure
    this.#settled()
    try {
      const answer = await tenure.release()
      // The callback was told that its lease is lost, so what it threw is most likely that.
      if (answer === 'lost' && tenure.lease.isLost) return this.#lose()
      logger.debug({ key: this.#key, attempt, err: error }, 'the callback failed, the key is free')
    } catch (cause) {
      logger.warn(
        { key: this.#key, attempt, err: cause },
        'the key is kept until its lease is over',
      )
      tenure.releaseInBackground()
    }
    this.#home.answerAll('failed', error)
  }

  /** The store refused the end of the run: the lead may adopt what the winner left, and nothing else. */
  #lose(): void {
    this.lead.leaseLost = true
    this.#engine.logger.warn({ key: this.#key }, 'refused: another caller has the key')
  }
}
