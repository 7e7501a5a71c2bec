import type { Circumstances } from './circumstances.ts'
import { mayBeCleared } from './key-story.ts'
import type { ClaimStory, KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** Two clocks of one host that one of them is slewed. */
const TOLERANCE_MS = 20

/** I1: no claim is granted while another one's lease lives. */
export function checkExclusion(story: KeyStory, { leaseMs }: Circumstances): Violation[] {
  const violations: Violation[] = []
  for (const [index, claim] of story.claims.entries()) {
    const before = story.claims[index - 1]
    if (before === undefined || mayHaveGivenBack(story, before, claim.at)) continue
    const leaseEndsAt = lastExtendedAt(story, before, claim.at) + leaseMs
    if (claim.at >= leaseEndsAt - TOLERANCE_MS) continue
    violations.push({
      rule: 'I1',
      key: story.key,
      message: `claim ${claim.fence} of ${claim.worker} was granted ${(leaseEndsAt - claim.at).toFixed()} ms before the lease of ${before.fence} of ${before.worker} could be over`,
    })
  }
  return violations
}

function mayHaveGivenBack(story: KeyStory, claim: ClaimStory, byMs: number): boolean {
  const released = story.sent.some(
    ({ verb, fence, at }) => verb === 'release' && fence === claim.fence && at <= byMs,
  )
  return released || mayBeCleared(story, claim.sentAt, byMs)
}

/** The lease counts by the store's clock, from an instant that is no earlier than this one. */
function lastExtendedAt({ steps }: KeyStory, claim: ClaimStory, byMs: number): number {
  const extended = steps
    .filter(({ fence, answer, at }) => fence === claim.fence && answer === 'extended' && at <= byMs)
    .map(({ sentAt }) => sentAt)
  return Math.max(claim.sentAt, ...extended)
}
