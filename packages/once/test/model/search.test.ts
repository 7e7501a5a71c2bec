import { INVARIANTS, explore, search } from '@oncekit/once/model'
import type { Tally } from '@oncekit/once/model'
import { effort } from '@oncekit/testing'
import { describe, expect, test } from 'vitest'

import { seedOf } from '../../src/conformance/seed.ts'
import { saidOf } from './said-of.ts'

describe('every order of events, two processes at one key', () => {
  // The larger scopes are in model.proof.test.ts.
  test('payloads: every invariant holds in every state', { timeout: 60_000 }, () => {
    const { breach, complete } = search({ scope: 'payloads' })
    expect(saidOf(breach)).toBe('')
    expect(complete).toBe(true)
  })

  test('the search ends where it was told to, and says so', () => {
    const { states, complete, breach } = search({ scope: 'runs', maxStates: 1_000 })
    expect({ complete, breach }).toEqual({ complete: false, breach: undefined })
    expect(states).toBeGreaterThanOrEqual(1_000)
  })
})

const seed = seedOf(process.env)
const { numRuns } = effort(10_000)

test(
  `every invariant holds in ${numRuns} random schedules (ONCEKIT_SEED=${seed})`,
  { timeout: 60_000 },
  () => {
    const { breach, tally, schedules } = explore({ runs: numRuns, seed })
    expect(saidOf(breach)).toBe('')
    expect(schedules).toBe(numRuns)
    expect(neverTried(tally)).toEqual([])
  },
)

test('a seed gives the same schedules again', { timeout: 60_000 }, () => {
  const [one, other] = [explore({ runs: 200, seed: 11 }), explore({ runs: 200, seed: 11 })]
  expect(one.events).toBe(other.events)
  expect([...one.tally.answers]).toEqual([...other.tally.answers])
})

test('a breach is found again by its seed and path', { timeout: 60_000 }, () => {
  const conduct = { looksAgain: false }
  const { breach } = explore({ runs: 20_000, seed: 3, conduct })
  const again = explore({ runs: 1, seed: 3, path: breach?.path ?? '', conduct })
  expect(again.breach?.invariant).toBe('I20')
  expect(again.breach?.trace).toEqual(breach?.trace)
})

test('a schedule has as many processes as were asked for', () => {
  const { tally } = explore({ runs: 300, seed: 5, processes: 1 })
  expect(tally.checks.get('I1')).toBeGreaterThan(0)
})

test('a breach is told step by step', () => {
  const { breach } = search({ scope: 'runs', conduct: { unanswered: 'released' } })
  expect(breach?.trace.map((line) => line.replaceAll(/ +/g, ' '))).toMatchInlineSnapshot(`
    [
      " 1 t=0 A asks; sends claim A1 | none",
      " 2 t=0 A: claim A1 is carried out: claimed | executing A1, attempt 1, lease 1 ms, expires in 2",
      " 3 t=0 A hears "claimed"; A1 runs the callback | executing A1, attempt 1, lease 1 ms, expires in 2",
      " 4 t=0 A: the callback of A1 returns; sends commit A1 | executing A1, attempt 1, lease 1 ms, expires in 2",
      " 5 t=1 1 ms pass | executing A1, attempt 1, lease over, expires in 1",
      " 6 t=1 A gets no answer to commit A1; committing | executing A1, attempt 1, lease over, expires in 1",
      " I9 is broken: A1 is given back though its callback has returned",
    ]
  `)
})

function neverTried({ checks }: Tally): readonly string[] {
  return INVARIANTS.filter((invariant) => (checks.get(invariant) ?? 0) === 0)
}
