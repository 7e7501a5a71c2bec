import { checkAgreement, checkNoFalseSuccess, checkPayloads } from './agreement.ts'
import type { Circumstances } from './circumstances.ts'
import { checkEffectBound } from './effect-bound.ts'
import { checkExclusion } from './exclusion.ts'
import { checkExpectedErrors } from './expected-errors.ts'
import { checkFailClosed } from './fail-closed.ts'
import { checkFencing } from './fencing.ts'
import { checkForgotten } from './forgotten.ts'
import type { KeyStory } from './key-story.ts'
import { checkLedger } from './ledger-check.ts'
import { checkLossTold, checkUnknownTold } from './loss-told.ts'
import { checkDeadlines, checkOneEnd } from './one-end.ts'
import { checkRecovery } from './recovery.ts'
import type { Violation } from './violation.ts'

/** How one key came through. */
export interface KeyVerdict {
  readonly violations: readonly Violation[]
  /** A fault that loses data met it: what is promised of its record was not asked for. */
  readonly suspended: boolean
  /** What would have been a violation. */
  readonly pardoned: readonly Violation[]
  readonly recoveriesMs: readonly number[]
}

/** Holds all that is known of a key against the promises. */
export function checkKey(story: KeyStory, circumstances: Circumstances): KeyVerdict {
  const suspended = circumstances.suspends(story)
  const recovery = checkRecovery(story, circumstances)
  const ofRecord = [
    ...checkGenerations(story, circumstances),
    ...checkForgotten(story),
    ...recovery.violations,
  ]
  const ofProcess = [
    ...checkFencing(story),
    ...checkNoFalseSuccess(story),
    ...checkPayloads(story),
    ...checkLossTold(story, circumstances),
    ...checkUnknownTold(story),
    ...checkExpectedErrors(story),
    ...checkDeadlines(story, circumstances),
    ...checkOneEnd(story),
    ...checkFailClosed(story),
    ...checkLedger(story),
  ]
  return {
    violations: suspended ? ofProcess : [...ofRecord, ...ofProcess],
    suspended,
    pardoned: suspended ? ofRecord : [],
    recoveriesMs: recovery.tookMs,
  }
}

/** What lives by the record: when the store forgets it, this ends with it. */
function checkGenerations(story: KeyStory, circumstances: Circumstances): readonly Violation[] {
  const check = (told: KeyStory): readonly Violation[] => [
    ...checkExclusion(told, circumstances),
    ...checkAgreement(told),
    ...checkEffectBound(told, circumstances),
  ]
  const violations = check(story)
  const denied = story.deniedClears.map(({ id }) => id).join(', ')
  if (violations.length === 0 || denied === '') return violations
  const clears = [...story.clears, ...story.deniedClears]
  if (check({ ...story, clears }).length > 0) return violations
  const message = `${denied} was told there was nothing to clear, and must have cleared it: the key began anew`
  return [{ rule: 'I16', key: story.key, message }]
}
