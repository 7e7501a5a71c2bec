import { describe, expect, test } from 'vitest'
import type { Charge } from '../../src/ledger.ts'
import { json } from '../../src/http/reply.ts'
import { audit } from '../../src/prove/audit.ts'

const payment = { amount: 5, currency: 'EUR', customer: 'ada' }
const chargeOf = (id: string, amount = 5): Charge => ({ id, ...payment, amount, chargedAt: '' })
const receipt = (charge: Charge) => ({ replayed: false, ...json(201, charge) })
const [one, two] = [chargeOf('ch_1'), chargeOf('ch_2')]

const settled = {
  answers: [receipt(one), receipt(one)],
  charges: [one],
  timesAsked: 1,
  reruns: 0,
}

describe('the audit', () => {
  test('has nothing to say of one charge for which all hold the receipt', () => {
    expect(audit(payment, settled)).toEqual([])
    expect(audit(payment, { ...settled, timesAsked: 3, reruns: 2 })).toEqual([])
  })

  test.each([
    ['two charges', [receipt(one)], [one, two], 'charged 2 times'],
    ['no charge', [receipt(one)], [], 'charged 0 times'],
    ['another amount', [receipt(one)], [chargeOf('ch_1', 6)], 'charged 6 EUR for 5 EUR'],
    ['two receipts', [receipt(one), receipt(two)], [one], '2 different receipts'],
    ['a receipt for nothing', [receipt(two)], [one], 'a charge that the bank did not make'],
    [
      'a client who was refused',
      [{ status: 422, replayed: false, body: 'no' }],
      [one],
      'a client was told 422: no',
    ],
  ])('names %s', (_, answers, charges, wrong) => {
    expect(audit(payment, { ...settled, answers, charges }).join('; ')).toContain(wrong)
  })

  test('names a repeat that nothing explains, though the bank dropped it', () => {
    expect(audit(payment, { ...settled, timesAsked: 3, reruns: 1 })).toEqual([
      'the bank was asked 3 times, with 1 takeovers or failed runs',
    ])
  })
})
