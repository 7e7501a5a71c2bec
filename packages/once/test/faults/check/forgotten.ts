import { givenValues } from './given-values.ts'
import { knownCommittedAt } from './key-story.ts'
import type { KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** I16: what was there before a clear is given to nobody who asks after it. */
export function checkForgotten(story: KeyStory): Violation[] {
  const given = givenValues(story)
  return story.answeredClears.flatMap(({ id, at, untilMs }) =>
    given
      .filter((value) => knownCommittedAt(story, value.run) < at && value.call.at > untilMs)
      .map(({ call, run }) => ({
        rule: 'I16',
        key: story.key,
        message: `${call.call} was given the value of ${run.run}, which was gone when ${id} had ended`,
      })),
  )
}
