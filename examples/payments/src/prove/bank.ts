import { randomUUID } from 'node:crypto'
import type { Charge } from '../ledger.ts'
import type { Payment } from '../payment.ts'

/** A charge as a worker asks for it. The account is the customer's. */
export interface ChargeRequest {
  readonly payment: Payment
  readonly idempotencyKey: string
  readonly fence: number
}

export type ChargeAnswer =
  | { readonly verdict: 'charged' | 'deduped'; readonly charge: Charge }
  /** A larger fence was seen on the account: whoever asks was overtaken. */
  | { readonly verdict: 'refused' }

/** `attempted` is the sum of the others. */
export interface BankCounts {
  attempted: number
  refused: number
  deduped: number
  charged: number
}

/**
 * The ledger of the proof, which outlives every worker. It trusts nobody: what it books stands on
 * the statement, and the statement alone decides in the end.
 */
export class Bank {
  readonly counts: BankCounts = { attempted: 0, refused: 0, deduped: 0, charged: 0 }
  readonly #dedup: boolean
  readonly #fences = new Map<string, number>()
  readonly #byKey = new Map<string, Charge>()
  readonly #statement = new Map<string, Charge[]>()

  /** @param options - `dedup: false`: the keys of charges are not looked at. */
  constructor(options: { readonly dedup: boolean }) {
    this.#dedup = options.dedup
  }

  charge({ payment, idempotencyKey, fence }: ChargeRequest): ChargeAnswer {
    this.counts.attempted++
    const account = accountOf(payment)
    if (fence < (this.#fences.get(account) ?? 0)) {
      this.counts.refused++
      return { verdict: 'refused' }
    }
    this.#fences.set(account, fence)

    const known = this.#byKey.get(idempotencyKey)
    if (this.#dedup && known !== undefined) {
      this.counts.deduped++
      return { verdict: 'deduped', charge: known }
    }
    const charge = { id: `ch_${randomUUID()}`, ...payment, chargedAt: new Date().toISOString() }
    this.#byKey.set(idempotencyKey, charge)
    this.#statement.set(account, [...(this.#statement.get(account) ?? []), charge])
    this.counts.charged++
    return { verdict: 'charged', charge }
  }

  /** What was taken from a customer. */
  chargesOf(payment: Payment): readonly Charge[] {
    return this.#statement.get(accountOf(payment)) ?? []
  }
}

function accountOf(payment: Payment): string {
  return payment.customer ?? ''
}
