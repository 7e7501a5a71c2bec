import type { KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** I3: fences grow with each claim; no two runs have the same. */
export function checkFencing({ key, claims, runs }: KeyStory): Violation[] {
  const violations: Violation[] = []
  const broken = (message: string): void => void violations.push({ rule: 'I3', key, message })
  // By fence: whoever stands behind must not have been answered before the one in front had asked.
  for (const [index, claim] of claims.entries()) {
    for (const later of claims.slice(index + 1)) {
      if (later.at < claim.sentAt) {
        broken(`claim ${claim.fence} was granted after claim ${later.fence}, and is older`)
      }
      if (later.fence === claim.fence) broken(`claim ${claim.fence} was granted twice`)
    }
  }
  for (const [fence, same] of Map.groupBy(runs, (run) => run.fence)) {
    if (same.length > 1) {
      broken(`${same.map(({ run }) => run).join(' and ')} ran under the same fence ${fence}`)
    }
  }
  return violations
}
