import type { Circumstances } from './circumstances.ts'
import type { ClaimStory, KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** How long after a lease is over a waiting caller may take to notice and to claim: the polling floor, and as much again. */
const EPSILON_MS = 2000

/** What the deaths of owners led to. */
export interface Recoveries {
  readonly violations: readonly Violation[]
  /** For each key somebody asked for: from the death of its owner, or the store's return, to the next claim or value. */
  readonly tookMs: readonly number[]
}

/** I6: within a lease of its owner's death a key that somebody asks for goes on. */
export function checkRecovery(story: KeyStory, circumstances: Circumstances): Recoveries {
  const violations: Violation[] = []
  const tookMs: number[] = []
  for (const claim of story.claims) {
    const diedAt = circumstances.deathOf(claim.worker)
    if (diedAt === undefined || isSettled(story, claim, diedAt)) continue
    const wentOnAt = wentOn(story, diedAt)
    const dueAt = dueBy(circumstances, diedAt)
    if (wentOnAt < Infinity) {
      const backAt = circumstances.storeBackAt(diedAt, wentOnAt, 0) ?? diedAt
      tookMs.push(wentOnAt - Math.min(Math.max(diedAt, backAt), wentOnAt))
    }
    if (dueAt === undefined || wentOnAt <= dueAt) continue
    const waited = story.calls.find(({ waits, at, ends, worker }) => {
      const untilMs = ends[0]?.at ?? 0
      const asks = waits && worker !== claim.worker && at <= dueAt - EPSILON_MS
      return asks && untilMs >= dueAt && circumstances.stalledMs(worker, diedAt, dueAt) === 0
    })
    if (waited === undefined) continue
    violations.push({
      rule: 'I6',
      key: story.key,
      message: `${claim.worker} died with claim ${claim.fence}; ${waited.call} still waited ${(dueAt - diedAt).toFixed()} ms later`,
    })
  }
  return { violations, tookMs }
}

function isSettled({ steps, sent }: KeyStory, claim: ClaimStory, diedAt: number): boolean {
  return (
    sent.some(({ fence, at }) => fence === claim.fence && at <= diedAt) ||
    steps.some(({ fence, answer }) => fence === claim.fence && answer === 'lost')
  )
}

/** The first sign of the key going on. */
function wentOn({ claims, calls }: KeyStory, diedAt: number): number {
  const claimed = claims.filter(({ at }) => at > diedAt).map(({ at }) => at)
  const ended = calls
    .flatMap(({ ends }) => ends)
    .filter(({ at, value }) => at > diedAt && value !== undefined)
    .map(({ at }) => at)
  return Math.min(Infinity, ...claimed, ...ended)
}

/** A lease and a moment after the death, or after the last trouble of the store before that. */
function dueBy(circumstances: Circumstances, diedAt: number): number | undefined {
  const { leaseMs } = circumstances
  let dueAt = diedAt + leaseMs + EPSILON_MS
  for (;;) {
    const backAt = circumstances.storeBackAt(diedAt, dueAt)
    if (backAt === undefined || backAt + leaseMs + EPSILON_MS <= dueAt) return dueAt
    if (backAt === Infinity) return undefined
    dueAt = backAt + leaseMs + EPSILON_MS
  }
}
