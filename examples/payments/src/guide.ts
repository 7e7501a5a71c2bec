import { randomBytes } from 'node:crypto'
import type { Service } from './service.ts'

/** Three commands to paste, and what each will do. */
export function guide({ url, store, ledger }: Service): string {
  // A new key for each start: the keys of earlier ones are remembered.
  const key = `order-${randomBytes(3).toString('hex')}`
  const curl = (amount: number): string =>
    `curl -i ${url}/payments -H 'Idempotency-Key: ${key}' -d '{"amount":${amount},"currency":"EUR"}'`
  return `
payments on ${url}
  remembered in ${store}
  charged in    ${ledger}

1. A payment: 201 after a moment. Twice at the same time: the second gets 409.
${curl(1999)}

2. The same again: 201 at once, the same bytes, Idempotent-Replayed: true. Nothing is charged.
${curl(1999)}

3. The same key for another amount: 422. Nothing is charged.
${curl(2999)}

What was charged: curl ${url}/payments
Ctrl-C stops; start again, and 2. is still a replay.
`
}
