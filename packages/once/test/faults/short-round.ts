import { expect } from 'vitest'

import { runRound } from './round.ts'
import type { RoundReport } from './round.ts'
import type { StoreName } from './subject.ts'

/** Faults at a quick pace for so long; the processes' start and end come on top. */
const SHORT_ROUND_SECONDS = 15

/** A round that is quick rather than long: another one each time, with a seed that brings it back. */
export async function shortRound(store: StoreName): Promise<RoundReport> {
  const seed = Date.now() % 2 ** 31
  process.stderr.write(`faults: a short round on ${store}, seed ${seed}\n`)
  return runRound({ store, seed, seconds: SHORT_ROUND_SECONDS, peaceMs: [100, 500] })
}

/** Fails with what was broken; a round in which too little happened proves nothing and fails too. */
export function isKept({ findings, effects, counts, faults }: RoundReport): true {
  const broken = findings.map(
    ({ rule, message, story }) => `${rule} ${message}\n${story.join('\n')}`,
  )
  expect(broken.slice(0, 3)).toEqual([])
  expect(Object.keys(faults).length).toBeGreaterThanOrEqual(8)
  // Each end that a fault or a duplicate leads to was met.
  const { executed, replayed, waited, conflicts, mismatches, failed, aborted } = counts
  const met = { executed, replayed, waited, conflicts, mismatches, failed, aborted }
  expect(Object.entries(met).filter(([, count]) => count === 0)).toEqual([])
  expect(counts.unavailable + counts.full).toBeGreaterThan(0)
  expect(counts.takeovers).toBeGreaterThan(0)
  expect(effects.attempted).toBe(effects.charged + effects.deduped + effects.refused)
  expect(effects.charged).toBeLessThanOrEqual(counts.keys)
  return true
}
