import type {
  ClaimAnswer,
  ClaimRequest,
  CommitAnswer,
  CommitRequest,
  ExtendAnswer,
  ExtendRequest,
  OnceStore,
  ReleaseAnswer,
  ReleaseRequest,
  StoreTraits,
} from '@oncekit/once'
import { hostMs } from '@oncekit/testing'

import type { ClaimEvent, Point, SentEvent, StepEvent } from './events.ts'

/** Who is told what the store is asked and what it answers. */
export interface StoreWitness {
  keyOf(storageKey: string): string
  reach(point: Point): void
  tell(event: ClaimEvent | StepEvent | SentEvent): void
}

/** A way to break a promise on purpose, so that the checks can be seen to notice. */
export type Sabotage =
  | 'none'
  /** Takes a key that another caller holds. */
  | 'steal-leases'
  /** Says "committed" and commits nothing. */
  | 'drop-commits'
  /** Says "removed" and removes nothing. */
  | 'drop-removals'

/** A store that tells what it is asked before it asks, and what was answered before anybody hears it. */
export class AnnouncingStore implements OnceStore {
  readonly traits: StoreTraits
  readonly address: string
  readonly #store: OnceStore
  readonly #witness: StoreWitness
  readonly #sabotage: Sabotage
  /** A lease begins with the try that is granted, and any of them may have been. */
  readonly #firstSentAt = new WeakMap<ClaimRequest, number>()

  constructor(store: OnceStore, witness: StoreWitness, sabotage: Sabotage) {
    this.traits = store.traits
    this.address = store.address
    this.#store = store
    this.#witness = witness
    this.#sabotage = sabotage
  }

  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    this.#witness.reach('before-claim')
    const sentAt = this.#firstSentAt.get(request) ?? hostMs()
    this.#firstSentAt.set(request, sentAt)
    let answer = await this.#store.claim(request)
    if (this.#sabotage === 'steal-leases' && answer.status === 'executing') {
      await this.#store.remove(request.key)
      answer = await this.#store.claim(request)
    }
    if (answer.status !== 'claimed') return answer
    const { fence, attempt, takeover } = answer
    this.#witness.tell({ type: 'claim', ...this.#named(request), fence, attempt, takeover, sentAt })
    this.#witness.reach('after-claim')
    return answer
  }

  async extend(request: ExtendRequest): Promise<ExtendAnswer> {
    this.#witness.reach('in-heartbeat')
    return this.#step('extend', request, () => this.#store.extend(request))
  }

  async commit(request: CommitRequest): Promise<CommitAnswer> {
    this.#sent('commit', request)
    const answer = await this.#step('commit', request, async () => {
      if (this.#sabotage === 'drop-commits') return 'committed'
      const committing = this.#store.commit(request)
      // What is sent is sent in this tick.
      setImmediate(() => this.#witness.reach('commit-sent'))
      return committing
    })
    this.#witness.reach('after-commit')
    return answer
  }

  async release(request: ReleaseRequest): Promise<ReleaseAnswer> {
    this.#witness.reach('before-release')
    this.#sent('release', request)
    return this.#step('release', request, () => this.#store.release(request))
  }

  read(...args: Parameters<OnceStore['read']>): ReturnType<OnceStore['read']> {
    return this.#store.read(...args)
  }

  touch(...args: Parameters<OnceStore['touch']>): ReturnType<OnceStore['touch']> {
    return this.#store.touch(...args)
  }

  async remove(...args: Parameters<OnceStore['remove']>): ReturnType<OnceStore['remove']> {
    if (this.#sabotage === 'drop-removals') return 'removed'
    return this.#store.remove(...args)
  }

  scan(...args: Parameters<OnceStore['scan']>): ReturnType<OnceStore['scan']> {
    return this.#store.scan(...args)
  }

  watch(...args: Parameters<OnceStore['watch']>): ReturnType<OnceStore['watch']> {
    return this.#store.watch(...args)
  }

  health(): ReturnType<OnceStore['health']> {
    return this.#store.health()
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #sent(verb: SentEvent['verb'], request: OwnerRequest): void {
    this.#witness.tell({ type: 'sent', verb, ...this.#named(request) })
  }

  async #step<Answer extends StepEvent['answer']>(
    verb: StepEvent['verb'],
    request: OwnerRequest,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    const sentAt = hostMs()
    const tell = (answer: StepEvent['answer']): void =>
      this.#witness.tell({ type: 'step', verb, ...this.#named(request), sentAt, answer })
    try {
      const answer = await send()
      tell(answer)
      return answer
    } catch (error) {
      tell('no answer')
      throw error
    }
  }

  #named({ key, token }: OwnerRequest): OwnerRequest {
    return { key: this.#witness.keyOf(key), token: token.slice(0, 12) }
  }
}

interface OwnerRequest {
  readonly key: string
  readonly token: string
}
