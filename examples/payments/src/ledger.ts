import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { sleep } from '@oncekit/core'
import type { Payment } from './payment.ts'

/** Money that was taken. */
export interface Charge extends Payment {
  readonly id: string
  readonly chargedAt: string
}

export interface ChargeOptions {
  /** A charge that was made under this key is given back, not made again. */
  readonly idempotencyKey: string
  /** Refused when smaller than one already seen for the key. */
  readonly fence: number
  readonly signal: AbortSignal
}

/** The ledger will not do it. */
export class LedgerRefusal extends Error {
  readonly code: 'OLD_FENCE' | 'OTHER_PAYMENT'

  constructor(code: LedgerRefusal['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** Stands in for a bank: somebody else's service, slow to answer, with a memory of its own. */
export class Ledger implements Disposable {
  readonly #db: DatabaseSync
  readonly #paymentMs: number

  constructor(path: string, options: { readonly paymentMs: number }) {
    this.#db = new DatabaseSync(path, { timeout: 2_000 })
    this.#db.exec(schema)
    this.#paymentMs = options.paymentMs
  }

  /** @throws {@link LedgerRefusal} */
  async charge(
    payment: Payment,
    { idempotencyKey, fence, signal }: ChargeOptions,
  ): Promise<Charge> {
    await sleep(this.#paymentMs / 2, { signal }) // the way there
    const charge = this.#book(payment, idempotencyKey, fence)
    await sleep(this.#paymentMs / 2, { signal }) // and back
    return charge
  }

  /** The latest charges, newest first, each with how often it was asked for. */
  latest(limit: number): readonly { readonly asked: number; readonly charge: Charge }[] {
    const rows = this.#db.prepare('SELECT * FROM charges ORDER BY rowid DESC LIMIT ?').all(limit)
    return rows.map((row) => ({ asked: Number(row['asked']), charge: chargeOf(row) }))
  }

  /** How many charges were ever made. */
  count(): number {
    return Number(this.#db.prepare('SELECT count(*) AS n FROM charges').get()?.['n'])
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #book(payment: Payment, idempotencyKey: string, fence: number): Charge {
    const wanted = { id: `ch_${randomUUID()}`, ...payment, chargedAt: new Date().toISOString() }
    const row = this.#db.prepare(chargeOnce).get(idempotencyKey, fence, JSON.stringify(wanted))
    if (row === undefined) {
      throw new LedgerRefusal('OLD_FENCE', `fence ${fence} is older than one already seen`)
    }
    const charge = chargeOf(row)
    if (!isSame(charge, payment)) {
      throw new LedgerRefusal('OTHER_PAYMENT', `the key belongs to charge ${charge.id}`)
    }
    return charge
  }
}

const schema = `
  CREATE TABLE IF NOT EXISTS charges (
    idempotency_key TEXT PRIMARY KEY,
    fence INTEGER NOT NULL,
    charge TEXT NOT NULL,
    asked INTEGER NOT NULL DEFAULT 1
  ) STRICT`

// One statement, so that it holds for any number of processes. No row: the fence is too old.
const chargeOnce = `
  INSERT INTO charges (idempotency_key, fence, charge) VALUES (?, ?, ?)
  ON CONFLICT (idempotency_key) DO UPDATE
    SET fence = excluded.fence, asked = asked + 1
    WHERE excluded.fence >= charges.fence
  RETURNING *`

function chargeOf(row: Readonly<Record<string, unknown>>): Charge {
  return JSON.parse(String(row['charge'])) as Charge
}

function isSame(a: Payment, b: Payment): boolean {
  return a.amount === b.amount && a.currency === b.currency && a.customer === b.customer
}
