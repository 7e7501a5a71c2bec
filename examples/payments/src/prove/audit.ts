import type { Charge } from '../ledger.ts'
import type { Payment } from '../payment.ts'
import type { PayAnswer } from './messages.ts'

/** What is wrong with one payment. */
export interface Violation {
  readonly key: string
  readonly what: string
}

/** What came of one payment. */
export interface Settled {
  /** What the clients were told. */
  readonly answers: readonly PayAnswer[]
  /** What was taken, as the statement of the bank says. */
  readonly charges: readonly Charge[]
  /** How often workers asked the bank for it. */
  readonly timesAsked: number
  /** Runs that may have followed another: of these the lease was over, or they failed. */
  readonly reruns: number
}

/**
 * Holds what the clients were told against the statement of the bank; says what is wrong.
 * It knows nothing of keys, fences and records, on which the service relies. That the bank would
 * drop a repeat is no excuse: who asks it again without need has no idempotency of its own.
 */
export function audit(
  payment: Payment,
  { answers, charges, timesAsked, reruns }: Settled,
): readonly string[] {
  const wrong: string[] = []
  if (charges.length !== 1) wrong.push(`charged ${charges.length} times`)
  if (timesAsked > 1 + reruns) {
    wrong.push(`the bank was asked ${timesAsked} times, with ${reruns} takeovers or failed runs`)
  }
  for (const { amount, currency } of charges) {
    if (amount === payment.amount && currency === payment.currency) continue
    wrong.push(`charged ${amount} ${currency} for ${payment.amount} ${payment.currency}`)
  }
  const refused = answers.find(({ status }) => status !== 201)
  if (refused !== undefined) wrong.push(`a client was told ${refused.status}: ${refused.body}`)
  const receipts = new Set(answers.map(({ body }) => body))
  if (receipts.size > 1) wrong.push(`its clients hold ${receipts.size} different receipts`)
  const known = new Set(charges.map(({ id }) => id))
  if (refused === undefined && ![...receipts].every((receipt) => known.has(idIn(receipt)))) {
    wrong.push('a receipt names a charge that the bank did not make')
  }
  return wrong
}

function idIn(receipt: string): string {
  const { id } = JSON.parse(receipt) as Charge
  return id
}
