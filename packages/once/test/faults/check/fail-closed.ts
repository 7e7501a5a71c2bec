import type { KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** I28: no callback starts without a claim that the store granted to its process. */
export function checkFailClosed({ key, runs }: KeyStory): Violation[] {
  return runs
    .filter(({ claim, at, isProtected }) => claim === undefined || claim.at > at || !isProtected)
    .map(({ run, fence }) => ({
      rule: 'I28',
      key,
      message: `${run} started under fence ${fence}, which no claim was granted`,
    }))
}
