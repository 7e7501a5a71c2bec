import type { Once } from '@oncekit/once'
import { json } from './http/reply.ts'
import type { Reply } from './http/reply.ts'
import type { Ledger } from './ledger.ts'
import type { Payment } from './payment.ts'

export interface PayDeps {
  readonly once: Pick<Once, 'executeOutcome'>
  readonly ledger: Pick<Ledger, 'charge'>
}

/** Charges once per key, and answers every repeat as it answered the first time, byte for byte. */
export async function pay(
  key: string,
  payment: Payment,
  { once, ledger }: PayDeps,
): Promise<Reply> {
  const { value: reply, replayed } = await once.executeOutcome(
    key,
    async (run) => {
      const charge = await ledger.charge(payment, {
        // The same in every attempt, so that the ledger knows a repeat when this process dies here.
        idempotencyKey: run.deriveKey('charge'),
        // Grows with every attempt, so that the ledger refuses one that was thought dead.
        fence: run.fence,
        signal: run.signal,
      })
      return json(201, charge)
    },
    { payload: payment, onDuplicate: 'reject' },
  )
  return replayed ? { ...reply, headers: { 'idempotent-replayed': 'true' } } : reply
}
