import { setTimeout as sleep } from 'node:timers/promises'

import { Random, hostMs, runFaults } from '@oncekit/testing'
import type { Fault, FaultEvent } from '@oncekit/testing'
import { beforeEach, expect, test } from 'vitest'

let injected: number
let early: AbortController

beforeEach(() => {
  injected = 0
  early = new AbortController()
})

/** So many injections, and then a signal. */
const run = async (faults: readonly Fault[], injections: number): Promise<FaultEvent[]> => {
  const events: FaultEvent[] = []
  await runFaults({
    faults: faults.map((each) => ({
      ...each,
      inject(random, begins) {
        injected += 1
        if (injected === injections) early.abort()
        return each.inject(random, begins)
      },
    })),
    random: new Random(1),
    untilMs: hostMs() + 60_000,
    peaceMs: [0, 1],
    record: (event) => events.push(event),
    signal: early.signal,
  })
  return events
}

const fault = (kind: string, part: Partial<Fault> = {}): Fault => ({
  kind,
  harms: 'store',
  loses: 'nothing',
  async inject(_random, begins) {
    begins()
    return true
  },
  ...part,
})

test('every kind comes once before any comes again', async () => {
  const events = await run(
    ['a', 'b', 'c', 'd'].map((kind) => fault(kind)),
    8,
  )
  const kinds = events.filter(({ phase }) => phase === 'begin').map(({ kind }) => kind)
  expect(kinds.slice(0, 4).toSorted()).toEqual(['a', 'b', 'c', 'd'])
  expect(kinds.slice(4).toSorted()).toEqual(['a', 'b', 'c', 'd'])
})

test('each fault that began is told to have ended, under one number', async () => {
  const events = await run([fault('a'), fault('b', { harms: 'process', loses: 'recent' })], 20)
  const byId = Map.groupBy(events, ({ id }) => id)
  expect(byId.size).toBe(injected)
  for (const pair of byId.values()) {
    expect(pair.map(({ phase }) => phase)).toEqual(['begin', 'end'])
  }
  expect(events).toContainEqual(expect.objectContaining({ kind: 'b', loses: 'recent' }))
})

test('a fault that did not come about is not told', async () => {
  expect(await run([fault('a', { inject: async () => false })], 3)).toEqual([])
  expect(injected).toBe(3)
})

test('a fault that cannot be made good ends the round with its name', async () => {
  const broken = fault('a', {
    async inject(_random, begins) {
      begins()
      throw new Error('no')
    },
  })
  await expect(run([broken], 9)).rejects.toThrow('the fault a could not be')
  expect(injected).toBe(1)
})

test('whatever else is under way is made good before the round ends for it', async () => {
  const underWay = Promise.withResolvers<void>()
  const broken = fault('a', {
    async inject() {
      await underWay.promise
      throw new Error('no')
    },
  })
  let isMadeGood = false
  const lasting = fault('b', {
    harms: 'process',
    async inject(_random, begins) {
      begins()
      underWay.resolve()
      await sleep(20)
      isMadeGood = true
      return true
    },
  })
  await expect(run([broken, lasting], 9)).rejects.toThrow('the fault a could not be')
  expect(isMadeGood).toBe(true)
  expect(injected).toBe(2)
})

test('without a signal it goes on until its time is over', async () => {
  const events: FaultEvent[] = []
  const untilMs = hostMs() + 30
  await runFaults({
    ...{ faults: [fault('a')], random: new Random(1), untilMs, peaceMs: [0, 1] },
    record: (event) => events.push(event),
  })
  expect(hostMs()).toBeGreaterThanOrEqual(untilMs - 1)
  expect(events.length).toBeGreaterThan(0)
})
