import { INVARIANTS, KINDS, SCOPE_NAMES, Tally, explore, search } from '@oncekit/once/model'
import { expect, test } from 'vitest'

import { seedOf } from '../../src/conformance/seed.ts'
import { saidOf } from './said-of.ts'

test.each(SCOPE_NAMES.filter((name) => name !== 'payloads' && name !== 'deep'))(
  '%s: every invariant holds in every state that two processes can bring one key to',
  { timeout: 300_000 },
  (scope) => {
    const { breach, complete, states, transitions } = search({ scope })
    process.stdout.write(`model: ${scope}, ${states} states, ${transitions} transitions\n`)
    expect(saidOf(breach)).toBe('')
    expect(complete).toBe(true)
  },
)

const SCHEDULES = 200_000
const LEAST_MS = 60_000
const seed = seedOf(process.env)

/** What the machine can say. A generator that does not bring it to say all of this has gone blind. */
const ANSWERS = [
  'claim: claimed',
  'claim: executing',
  'claim: done',
  'claim: mismatch',
  'extend: extended',
  'extend: settled',
  'extend: lost',
  'commit: committed',
  'commit: lost',
  'release: released',
  'release: lost',
  'read: none',
  'read: executing',
  'read: done',
  'read: mismatch',
  'touch: touched',
  'touch: none',
  'touch: executing',
  'remove: removed',
  'remove: executing',
  'remove: indeterminate',
]

const ENDS = [
  'executed',
  'failed',
  'replayed',
  'conflict',
  'wait_timeout',
  'mismatch',
  'rejected',
  'aborted',
  'lease_lost',
  'unknown',
  'unavailable',
]

test(
  `every invariant holds in ${SCHEDULES} random schedules and more, for a minute (ONCEKIT_SEED=${seed})`,
  { timeout: 600_000 },
  () => {
    const seen = new Tally()
    const startedMs = performance.now()
    let schedules = 0
    let events = 0
    for (let round = 0; ; round++) {
      const passedMs = performance.now() - startedMs
      if (schedules >= SCHEDULES && passedMs >= LEAST_MS) break
      const result = explore({ runs: 10_000, seed: seed + round })
      expect(
        result.breach === undefined ? '' : `seed ${result.seed} ${saidOf(result.breach)}`,
      ).toBe('')
      schedules += result.schedules
      events += result.events
      seen.add(result.tally)
    }
    process.stdout.write(`model: ${schedules} schedules, ${events} events\n`)
    expect(KINDS.filter((kind) => !seen.events.has(kind))).toEqual([])
    expect(ANSWERS.filter((answer) => !seen.answers.has(answer))).toEqual([])
    expect(ENDS.filter((end) => !seen.ends.has(end))).toEqual([])
    expect(INVARIANTS.filter((invariant) => (seen.checks.get(invariant) ?? 0) < 1_000)).toEqual([])
  },
)
