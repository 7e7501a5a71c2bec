import * as machine from '../src/machine.ts'
import type { Step } from '../src/machine.ts'
import type { OnceRecord } from '../src/record.ts'
import type {
  ClaimAnswer,
  ClaimRequest,
  CommitAnswer,
  CommitRequest,
  ExtendAnswer,
  ExtendRequest,
  ReleaseAnswer,
  ReleaseRequest,
  RemoveAnswer,
  RemoveExpectation,
  TouchAnswer,
} from '../src/store.ts'

/** The smallest store: one key, a clock that is told, every verb one step of the machine. */
export class OneRecord {
  nowMs = 0
  #record: OnceRecord | undefined
  #expiresAtMs = Infinity
  #lastFence = 0

  get record(): OnceRecord | undefined {
    return this.#expiresAtMs > this.nowMs ? this.#record : undefined
  }

  get expiresInMs(): number {
    return this.#expiresAtMs - this.nowMs
  }

  claim(request: ClaimRequest): Step<ClaimAnswer> {
    const fence = machine.nextFence(this.#lastFence, this.nowMs)
    const step = this.#apply(machine.claim(this.record, request, this.#now(), fence))
    if (step.answer.status === 'claimed')
      this.#lastFence = Math.max(this.#lastFence, step.answer.fence)
    return step
  }

  extend(request: ExtendRequest): Step<ExtendAnswer> {
    return this.#apply(machine.extend(this.record, request, this.#now()))
  }

  commit(request: CommitRequest): Step<CommitAnswer> {
    return this.#apply(machine.commit(this.record, request, this.#now()))
  }

  release(request: ReleaseRequest): Step<ReleaseAnswer> {
    return this.#apply(machine.release(this.record, request, this.#now()))
  }

  touch(ttlMs: number): Step<TouchAnswer> {
    return this.#apply(machine.touch(this.record, ttlMs))
  }

  remove(expect?: RemoveExpectation): Step<RemoveAnswer> {
    return this.#apply(machine.remove(this.record, expect, this.#now()))
  }

  #now(): machine.Now {
    return { leaseMs: this.nowMs, wallMs: this.nowMs }
  }

  #apply<Answer>(step: Step<Answer>): Step<Answer> {
    const { write } = step
    if (write?.kind === 'remove') this.#record = undefined
    if (write?.kind === 'put' || write?.kind === 'amend') this.#record = write.record
    if (write?.kind === 'put' || write?.kind === 'expire') {
      this.#expiresAtMs = this.nowMs + (write.expiresInMs ?? Infinity)
    }
    return step
  }
}
