import { setTimeout as delay } from 'node:timers/promises'
import type { Payment } from '../payment.ts'
import type { Bank, ChargeAnswer, ChargeRequest } from './bank.ts'

/** Somebody who asks for charges, and can be killed. */
export interface Asker {
  readonly pid: number
  readonly isUp: boolean
}

/** A worker that was killed, and what it was doing. */
export interface Kill {
  readonly pid: number
  readonly request: ChargeRequest
}

/**
 * The way between workers and bank, and all that goes wrong on it. When the bank has made a charge
 * at which a kill is due, its worker is killed in place of being answered: the money is taken, and
 * nobody could write that down. Once another has taken over, the dead worker's request arrives a
 * second time, late, as it happens in networks.
 */
export class Network<Worker extends Asker> {
  readonly kills: Kill[] = []
  readonly #asked = new Map<string | undefined, number>()
  readonly #bank: Bank
  readonly #kill: (worker: Worker) => void
  /** From how many charges on a kill is due, the earliest first. */
  readonly #due: number[]
  readonly #late = new Map<string | undefined, ChargeRequest>()

  constructor(
    bank: Bank,
    options: { readonly killsAtCharge: readonly number[]; readonly kill: (worker: Worker) => void },
  ) {
    this.#bank = bank
    this.#kill = options.kill
    this.#due = [...options.killsAtCharge]
  }

  async charge(worker: Worker, request: ChargeRequest): Promise<ChargeAnswer> {
    const { customer } = request.payment
    this.#asked.set(customer, this.timesAsked(request.payment) + 1)
    await delay(ONE_WAY_MS)
    const answer = this.#bank.charge(request)
    if (answer.verdict === 'charged' && this.#isDue(worker)) {
      this.#kill(worker)
      this.#due.shift()
      this.kills.push({ pid: worker.pid, request })
      this.#late.set(customer, request)
    }
    this.#deliverLate(request)
    await delay(ONE_WAY_MS)
    return answer
  }

  /** How often workers asked for a charge; what came late on the way is not their doing. */
  timesAsked({ customer }: Payment): number {
    return this.#asked.get(customer) ?? 0
  }

  #isDue(worker: Worker): boolean {
    const [due = Infinity] = this.#due
    return worker.isUp && this.#bank.counts.charged >= due
  }

  #deliverLate({ payment: { customer }, fence }: ChargeRequest): void {
    const late = this.#late.get(customer)
    if (late === undefined || late.fence >= fence) return
    this.#late.delete(customer)
    this.#bank.charge(late)
  }
}

const ONE_WAY_MS = 2
