import type { Circumstances } from './circumstances.ts'
import { knownCommittedAt, mayBeCleared } from './key-story.ts'
import type { KeyStory, RunStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** I5: a callback starts once, and once more only for a lease that ended, a failure or a clear. */
export function checkEffectBound(story: KeyStory, circumstances: Circumstances): Violation[] {
  return story.runs.flatMap((run, index) => {
    const before = story.runs[index - 1]
    const message = before && unpardoned(story, before, run, circumstances)
    return message === undefined ? [] : [{ rule: 'I5', key: story.key, message }]
  })
}

/** Why the second run should not have been; nothing when it may be. */
function unpardoned(
  story: KeyStory,
  before: RunStory,
  run: RunStory,
  circumstances: Circumstances,
): string | undefined {
  const claimedAt = run.claim?.at ?? run.at
  const hasThrown =
    before.ran !== undefined && before.ran.digest === undefined && before.ran.at <= claimedAt
  if (hasThrown) return undefined
  if (mayBeCleared(story, before.claim?.sentAt ?? before.at, claimedAt)) return undefined
  if (knownCommittedAt(story, before) < (run.claim?.sentAt ?? run.at)) {
    return `${run.run} started though ${before.run} had been committed`
  }
  const { leaseMs } = circumstances
  if (circumstances.hadTrouble(before.worker, before.at - leaseMs, claimedAt)) return undefined
  return `${run.run} started after ${before.run}, which neither failed nor was cleared, and nothing befell its lease`
}
