import type { KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** The ledger's part: one charge for each derived key, and none by a fence older than the newest. */
export function checkLedger({ key, charges }: KeyStory): Violation[] {
  const violations: Violation[] = []
  const broken = (message: string): void => void violations.push({ rule: 'ledger', key, message })
  const derivedKeys = new Set(charges.map(({ derivedKey }) => derivedKey))
  const charged = charges.filter(({ decision }) => decision === 'charged').length
  if (charged > derivedKeys.size) {
    broken(`was charged ${charged} times for ${derivedKeys.size} derived keys`)
  }
  let newest = 0
  for (const { fence, decision, run } of charges) {
    if (fence < newest && decision !== 'refused') {
      broken(`${run} was ${decision} under fence ${fence} after ${newest} had been seen`)
    }
    if (fence >= newest && decision === 'refused') {
      broken(`${run} was refused under fence ${fence}, the newest`)
    }
    newest = Math.max(newest, fence)
  }
  return violations
}
