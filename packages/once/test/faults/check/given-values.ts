import type { CallStory, KeyStory, RunStory } from './key-story.ts'

/** A value a caller was given, and the run that made it. */
export interface GivenValue {
  readonly at: number
  readonly call: CallStory
  readonly run: RunStory
  readonly digest: string
}

export function givenValues({ calls, runs }: KeyStory): readonly GivenValue[] {
  const byName = new Map(runs.map((run) => [run.run, run]))
  return calls.flatMap((call) =>
    call.ends.flatMap(({ at, value }) => {
      const run = value === undefined ? undefined : byName.get(value.run)
      return run === undefined || value === undefined
        ? []
        : [{ at, call, run, digest: value.digest }]
    }),
  )
}

/** Calls of one process that overlap share an answer, which may have been on its way when the later one came. */
export function askedSince({ call, run, at }: GivenValue, given: readonly GivenValue[]): number {
  const shared = given.filter(
    (other) =>
      other.run === run &&
      other.call.worker === call.worker &&
      other.call.at <= call.at &&
      other.at >= call.at &&
      Math.abs(other.at - at) <= TOGETHER_MS,
  )
  return Math.min(...shared.map((other) => other.call.at))
}

/** Those who share an answer are told one after the other. */
const TOGETHER_MS = 50
