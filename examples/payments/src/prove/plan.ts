import type { Payment } from '../payment.ts'

/** A payment to be made, and which workers are asked. Workers are counted round, from any number. */
export interface PlannedPayment {
  readonly key: string
  readonly payment: Payment
  /** Asked twice at the same time. */
  readonly worker: number
  /** Asked at that time, too. */
  readonly otherWorker: number
  /** Asked again when the payment is done. */
  readonly laterWorker: number
}

/** What is asked of whom, decided by the seed alone. How the processes then race is not. */
export interface Plan {
  readonly size: number
  at(index: number): PlannedPayment
  /** The worker that makes the charge of one of these numbers is killed before it learns of it. */
  readonly killsAtCharge: readonly number[]
}

export interface PlanOptions {
  readonly payments: number
  readonly workers: number
  readonly seed: number
  /** Begins every key, so that two runs on one store do not meet. */
  readonly run: string
}

export function planOf({ payments, workers, seed, run }: PlanOptions): Plan {
  const random = (index: number, use: number): number => hash(seed, index, use)
  const digits = String(payments).length
  return {
    size: payments,
    // One in the first half and one in the second, with a good part of the run before and after.
    killsAtCharge: [0.2, 0.6].map((from, kill) =>
      Math.max(1, Math.floor(payments * from + random(-1, kill) * payments * 0.2)),
    ),
    at(index) {
      const number = String(index + 1).padStart(digits, '0')
      const worker = Math.floor(random(index, 0) * workers)
      return {
        key: `${run}payment-${number}`,
        payment: {
          amount: 1 + Math.floor(random(index, 1) * 99_999),
          currency: 'EUR',
          customer: `customer-${number}`,
        },
        worker,
        otherWorker: worker + 1 + Math.floor(random(index, 2) * (workers - 1)),
        laterWorker: Math.floor(random(index, 3) * workers),
      }
    },
  }
}

/** From 0 up to 1. The finalizer of MurmurHash3, over each number in turn. */
function hash(...numbers: readonly number[]): number {
  let state = 0x9e3779b9
  for (const number of numbers) {
    state = (state + Math.imul(number, 0x85ebca6b) + 0x9e3779b9) | 0
    state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
    state ^= state >>> 16
  }
  return (state >>> 0) / 2 ** 32
}
