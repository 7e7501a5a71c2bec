import { givenValues } from './given-values.ts'
import { mayBeCleared } from './key-story.ts'
import type { KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** I2: whoever gets a value of one generation gets the same, and nobody an older one than was given before. */
export function checkAgreement(story: KeyStory): Violation[] {
  const violations: Violation[] = []
  const broken = (message: string): void =>
    void violations.push({ rule: 'I2', key: story.key, message })
  const given = givenValues(story)
  for (const { run, digest, call } of given) {
    if (run.ran !== undefined && run.ran.digest !== digest) {
      broken(`${call.call} was given other bytes than ${run.run} had made`)
    }
  }
  const generations = story.runs.filter(({ run }) => given.some((value) => value.run.run === run))
  for (const [index, run] of generations.entries()) {
    const next = generations[index + 1]
    if (next === undefined || mayBeCleared(story, run.at, next.at)) continue
    broken(`both ${run.run} and ${next.run} were given as the outcome of one generation`)
  }
  for (const older of given) {
    const askedAt = older.call.at
    const newer = given.find(({ run, at }) => run.fence > older.run.fence && at < askedAt)
    if (newer !== undefined) {
      broken(
        `${older.call.call} was given the value of ${older.run.run} after ${newer.call.call} was given that of ${newer.run.run}`,
      )
    }
  }
  return violations
}

/** I4: a value is given only after its commit was sent, and only of a run that returned it. */
export function checkNoFalseSuccess(story: KeyStory): Violation[] {
  const violations: Violation[] = []
  const broken = (message: string): void =>
    void violations.push({ rule: 'I4', key: story.key, message })
  for (const { call, ends } of story.calls) {
    for (const { value } of ends) {
      if (value !== undefined && !story.runs.some(({ run }) => run === value.run)) {
        broken(`${call} was given a value of ${value.run}, which never ran`)
      }
    }
  }
  for (const { run, call, at } of givenValues(story)) {
    if (run.ran?.digest === undefined) {
      broken(`${call.call} was given a value of ${run.run}, which did not return`)
    } else if (
      !story.sent.some(
        (sent) => sent.verb === 'commit' && sent.fence === run.fence && sent.at <= at,
      )
    ) {
      broken(`${call.call} was given the value of ${run.run} before its commit was sent`)
    }
  }
  return violations
}

/** I10: nobody gets the outcome of another payload, and nobody is refused without there being one. */
export function checkPayloads(story: KeyStory): Violation[] {
  const violations: Violation[] = []
  const broken = (message: string): void =>
    void violations.push({ rule: 'I10', key: story.key, message })
  for (const { run, call } of givenValues(story)) {
    if (run.payload !== call.payload) {
      broken(`${call.call} was given the value of ${run.run}, which had another payload`)
    }
  }
  for (const { call, payload, ends } of story.calls) {
    const isRefused = ends.some(({ code }) => code === 'ONCE_MISMATCH')
    if (isRefused && story.calls.every((other) => other.payload === payload)) {
      broken(`${call} was told of another payload, and there was none`)
    }
  }
  return violations
}
