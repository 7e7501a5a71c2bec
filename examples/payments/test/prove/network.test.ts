import { describe, expect, test } from 'vitest'
import { Bank } from '../../src/prove/bank.ts'
import { Network } from '../../src/prove/network.ts'

const request = (customer: string, fence: number) => ({
  payment: { amount: 5, currency: 'EUR', customer },
  idempotencyKey: customer,
  fence,
})

function networkOf(killsAtCharge: readonly number[]) {
  const bank = new Bank({ dedup: true })
  const workers = [1, 2].map((pid) => ({ pid, isUp: true }))
  const charged: number[] = []
  const network = new Network<(typeof workers)[number]>(bank, {
    killsAtCharge,
    kill(worker) {
      charged.push(bank.counts.charged)
      worker.isUp = false
    },
  })
  const [first = { pid: 0, isUp: false }, second = { pid: 0, isUp: false }] = workers
  return { bank, network, first, second, charged }
}

describe('the way to the bank', () => {
  test('kills the worker when its money is taken, and before it is answered', async () => {
    const { network, first, charged } = networkOf([1])
    const answer = network.charge(first, request('ada', 1))
    let isAnswered = false
    void answer.then(() => (isAnswered = true))
    await expect.poll(() => first.isUp, { interval: 1 }).toBe(false)
    expect({ charged, isAnswered }).toEqual({ charged: [1], isAnswered: false })
    expect(network.kills).toEqual([{ pid: 1, request: request('ada', 1) }])
    await answer
  })

  test('brings the request of a dead worker a second time, once another has taken over', async () => {
    const { bank, network, first, second } = networkOf([1])
    await network.charge(first, request('ada', 1))
    await network.charge(second, request('bob', 2))
    expect(bank.counts).toEqual({ attempted: 2, refused: 0, deduped: 0, charged: 2 })
    await network.charge(second, request('ada', 3))
    expect(bank.counts).toEqual({ attempted: 4, refused: 1, deduped: 1, charged: 2 })
    await network.charge(second, request('ada', 4))
    expect(bank.counts).toEqual({ attempted: 5, refused: 1, deduped: 2, charged: 2 })
  })

  test('waits for one who is alive before it kills again', async () => {
    const { network, first, second } = networkOf([1, 2])
    for (const [fence, customer] of ['ada', 'bob'].entries()) {
      await network.charge(first, request(customer, fence))
    }
    expect(network.kills.map(({ pid }) => pid)).toEqual([1])
    await network.charge(second, request('cleo', 3))
    expect(network.kills.map(({ pid }) => pid)).toEqual([1, 2])
  })
})
