import { describe, expect, test } from 'vitest'
import { planOf } from '../../src/prove/plan.ts'

const options = { payments: 1_000, workers: 3, seed: 7, run: 'r:' }
const plan = planOf(options)
const planned = Array.from({ length: plan.size }, (_, index) => plan.at(index))

describe('a plan', () => {
  test('is decided by its seed', () => {
    const again = planOf(options)
    expect(planned.map((_, index) => again.at(index))).toEqual(planned)
    expect(again.killsAtCharge).toEqual(plan.killsAtCharge)
    expect(planOf({ ...options, seed: 8 }).at(0)).not.toEqual(plan.at(0))
  })

  test('has a key and a customer of its own for each payment', () => {
    expect(new Set(planned.map(({ key }) => key)).size).toBe(1_000)
    expect(new Set(planned.map(({ payment }) => payment.customer)).size).toBe(1_000)
    expect(planned[0]?.key).toBe('r:payment-0001')
  })

  test('asks two different workers at once, and gives each its share', () => {
    expect(planned.filter((one) => one.worker % 3 === one.otherWorker % 3)).toEqual([])
    for (const worker of [0, 1, 2]) {
      expect(planned.filter((one) => one.worker === worker).length).toBeGreaterThan(250)
      expect(planned.filter((one) => one.otherWorker % 3 === worker).length).toBeGreaterThan(250)
    }
  })

  test.each([100, 1_000_000])('of %i payments kills twice, well within the run', (payments) => {
    for (const seed of [0, 1, 2, 3, 2 ** 31]) {
      const [first = 0, second = 0] = planOf({ ...options, payments, seed }).killsAtCharge
      expect(first).toBeGreaterThanOrEqual(payments * 0.2)
      expect(second).toBeGreaterThanOrEqual(first + payments * 0.2)
      expect(second).toBeLessThanOrEqual(payments * 0.8)
    }
  })
})
