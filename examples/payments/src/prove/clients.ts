import { sleep } from '@oncekit/core'
import type { Fleet } from './fleet.ts'
import type { PayAnswer } from './messages.ts'
import type { PlannedPayment } from './plan.ts'

/** How requests ended. `sent` is the sum of the others. */
export interface RequestCounts {
  sent: number
  /** 201, and no replay. */
  paid: number
  /** 201, `Idempotent-Replayed`. */
  replayed: number
  /** 409: another is at it. */
  conflicts: number
  /** 503. */
  unavailable: number
  /** Any other status: none is expected. */
  refused: number
  /** The worker was killed before it answered. */
  lost: number
}

/** Clients who do as a client should: the same request again until there is an answer. */
export class Clients {
  readonly counts: RequestCounts = {
    sent: 0,
    paid: 0,
    replayed: 0,
    conflicts: 0,
    unavailable: 0,
    refused: 0,
    lost: 0,
  }
  /** What the last one was told who was told no more than to ask again. */
  lastDelay = ''
  readonly #fleet: Fleet
  readonly #signal: AbortSignal

  constructor(fleet: Fleet, signal: AbortSignal) {
    this.#fleet = fleet
    this.#signal = signal
  }

  /** The answers of four clients who want the same payment: three at once, one when they are done. */
  async payments(planned: PlannedPayment): Promise<readonly PayAnswer[]> {
    const { worker, otherWorker, laterWorker } = planned
    const atOnce = [worker, worker, otherWorker].map((each) => this.#ask(planned, each))
    return [...(await Promise.all(atOnce)), await this.#ask(planned, laterWorker)]
  }

  async #ask({ key, payment }: PlannedPayment, worker: number): Promise<PayAnswer> {
    const body = JSON.stringify(payment)
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      this.#signal.throwIfAborted()
      this.counts.sent++
      const answer = await this.#fleet.pay(worker, { key, body })
      this.counts[kindOf(answer)]++
      if (answer !== 'lost' && answer.status !== 409 && answer.status !== 503) return answer
      if (answer !== 'lost') this.lastDelay = `${answer.status} ${codeIn(answer)}`
      await sleep(pauseMs * (0.5 + Math.random()), { signal: this.#signal })
    }
  }
}

function codeIn({ body }: PayAnswer): string {
  const { code } = JSON.parse(body) as { readonly code: string }
  return code
}

// Far less than the second that Retry-After says: nobody wants to wait for a proof.
const FIRST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 400

function kindOf(answer: PayAnswer | 'lost'): Exclude<keyof RequestCounts, 'sent'> {
  if (answer === 'lost') return 'lost'
  switch (answer.status) {
    case 201:
      return answer.replayed ? 'replayed' : 'paid'
    case 409:
      return 'conflicts'
    case 503:
      return 'unavailable'
    default:
      return 'refused'
  }
}
