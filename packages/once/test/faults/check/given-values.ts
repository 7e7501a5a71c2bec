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
