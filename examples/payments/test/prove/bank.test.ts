import { describe, expect, test } from 'vitest'
import { Bank } from '../../src/prove/bank.ts'
import type { ChargeRequest } from '../../src/prove/bank.ts'

const payment = { amount: 5, currency: 'EUR', customer: 'ada' }
const request = (fence: number, idempotencyKey = 'k'): ChargeRequest => ({
  payment,
  idempotencyKey,
  fence,
})

describe('the ledger of the proof', () => {
  test('gives the charge again for a key it knows, and takes the money once', () => {
    const bank = new Bank({ dedup: true })
    const first = bank.charge(request(1))
    expect(bank.charge(request(2))).toEqual({ ...first, verdict: 'deduped' })
    expect(bank.chargesOf(payment)).toHaveLength(1)
    expect(bank.counts).toEqual({ attempted: 2, refused: 0, deduped: 1, charged: 1 })
  })

  test('refuses an older fence on the account, whatever the key', () => {
    const bank = new Bank({ dedup: true })
    bank.charge(request(2))
    expect(bank.charge(request(1))).toEqual({ verdict: 'refused' })
    expect(bank.charge(request(1, 'other'))).toEqual({ verdict: 'refused' })
    expect(bank.counts).toEqual({ attempted: 3, refused: 2, deduped: 0, charged: 1 })
  })

  test('that does not look at keys takes the money again, for a fence alone stops no repeat', () => {
    const bank = new Bank({ dedup: false })
    for (const fence of [1, 2]) bank.charge(request(fence))
    expect(bank.chargesOf(payment)).toHaveLength(2)
    expect(bank.charge(request(1))).toEqual({ verdict: 'refused' })
  })

  test('has nothing on the statement of a customer who was not charged', () => {
    expect(new Bank({ dedup: true }).chargesOf(payment)).toEqual([])
  })
})
