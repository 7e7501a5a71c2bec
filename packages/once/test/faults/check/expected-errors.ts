import type { CallStory, KeyStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** What a fault may lead to; whatever else a caller meets is a defect. */
const EXPECTED: ReadonlySet<string> = new Set([
  'ONCE_IN_PROGRESS',
  'ONCE_MISMATCH',
  'ONCE_WAIT_TIMEOUT',
  'ONCE_LEASE_LOST',
  'ONCE_OUTCOME_UNKNOWN',
  'ONCE_STORE_UNAVAILABLE',
  'ONCE_STORE_FULL',
])

/** I24: a caller meets an error that it was promised, and those of a run that threw. */
export function checkExpectedErrors(story: KeyStory): Violation[] {
  return story.calls.flatMap((call) => {
    const message = unexpected(story, call)
    return message === undefined ? [] : [{ rule: 'I24', key: story.key, message }]
  })
}

function unexpected(
  { runs }: KeyStory,
  { call, waits, ends: [end] }: CallStory,
): string | undefined {
  if (end?.message !== undefined) return `${call} met "${end.message}"`
  if (end?.code !== undefined && !EXPECTED.has(end.code)) return `${call} met ${end.code}`
  if (end?.code === 'ONCE_IN_PROGRESS' && waits) return `${call} was told to come again, and waits`
  if (end?.thrownBy === undefined) return undefined
  const thrower = runs.find(({ run }) => run === end.thrownBy)
  return thrower?.ran !== undefined && thrower.ran.digest === undefined
    ? undefined
    : `${call} met an error of ${end.thrownBy}, which did not throw`
}
