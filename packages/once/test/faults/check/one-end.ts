import type { Circumstances } from './circumstances.ts'
import type { KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** Beyond the deadline: a busy machine. */
const SLACK_MS = 3000

/** I20: every call of a process that lives ends by its deadline. */
export function checkDeadlines(
  { key, calls }: KeyStory,
  circumstances: Circumstances,
): Violation[] {
  return calls.flatMap(({ call, at, worker, deadlineMs, ends: [end] }) => {
    const message =
      end === undefined
        ? circumstances.deathOf(worker) === undefined && `${call} of ${worker} never ended`
        : end.at > deadlineMs + SLACK_MS + circumstances.stalledMs(worker, at, end.at) &&
          `${call} of ${worker} ended ${(end.at - deadlineMs).toFixed()} ms after its deadline`
    return message === false ? [] : [{ rule: 'I20', key, message }]
  })
}

/** I33: a call ends once. */
export function checkOneEnd({ key, calls, strayEnds }: KeyStory): Violation[] {
  return [
    ...calls
      .filter(({ ends }) => ends.length > 1)
      .map(({ call, ends }) => ({
        rule: 'I33',
        key,
        message: `${call} ended ${ends.length} times`,
      })),
    ...strayEnds.map(({ call }) => ({
      rule: 'I33',
      key,
      message: `${call} ended and had never begun`,
    })),
  ]
}
