import type { Circumstances } from './circumstances.ts'
import type { CallStory, KeyStory, RunStory } from './key-story.ts'
import type { Violation } from './violation.ts'

/** For a timer to fire and a line to be written on a busy machine. */
const SLACK_MS = 300

/** I7: a run that outlasts its lease is told by its signal, and its end is never given as committed. */
export function checkLossTold(story: KeyStory, circumstances: Circumstances): Violation[] {
  return story.runs.flatMap((run) => {
    const leaseEndsAt = countedLeaseEnd(story, run, circumstances)
    const endsAt = run.ran?.at ?? -Infinity
    const dueAt = toldBy(run.worker, leaseEndsAt, endsAt, circumstances)
    if (endsAt <= dueAt) return []
    if (run.abortedAt !== undefined && run.abortedAt <= dueAt) return []
    const message = `${run.run} outlasted its lease by ${(endsAt - leaseEndsAt).toFixed()} ms and was ${run.abortedAt === undefined ? 'not told' : 'told late'}`
    return [{ rule: 'I7', key: story.key, message }]
  })
}

/** I9: who ran to the end is told how it ended: executed, adopted, lost, or that nobody knows. */
export function checkUnknownTold(story: KeyStory): Violation[] {
  const violations: Violation[] = []
  for (const call of story.calls) {
    const [end] = call.ends
    const run = story.runs.find(
      ({ call: by, ran }) => by === call.call && ran?.digest !== undefined,
    )
    if (end === undefined || run === undefined) continue
    const answers = story.steps.filter(
      ({ verb, fence }) => verb === 'commit' && fence === run.fence,
    )
    const message = untold(call, run, (answer) => answers.some((step) => step.answer === answer))
    if (message !== undefined) violations.push({ rule: 'I9', key: story.key, message })
  }
  return violations
}

/** What is wrong with how the caller of a run that returned was answered. */
function untold(
  { call, ends: [end] }: CallStory,
  run: RunStory,
  wasAnswered: (answer: 'committed' | 'lost') => boolean,
): string | undefined {
  if (end === undefined || end.left === true) return undefined
  const hasOwnValue = end.value?.run === run.run
  if (hasOwnValue && end.replayed === false) {
    return wasAnswered('committed')
      ? undefined
      : `${call} was told it had executed ${run.run}, but no commit was answered`
  }
  if (end.value !== undefined) {
    if (hasOwnValue || end.leaseLost === true) return undefined
    return `${call} ran ${run.run} and was given the value of ${end.value.run} without a word of its loss`
  }
  if (end.code === 'ONCE_OUTCOME_UNKNOWN' || end.code === 'ONCE_LEASE_LOST') return undefined
  // Refused, and then not able to learn who won.
  if (wasAnswered('lost')) return undefined
  return `${call} ran ${run.run} to its end and was told ${end.code ?? `of the error of ${end.thrownBy}`}`
}

/** By the owner's own count: from before each request that was answered before the run could be told, which is any time before it began. */
function countedLeaseEnd({ steps }: KeyStory, run: RunStory, circumstances: Circumstances): number {
  const { leaseMs } = circumstances
  let endsAt = (run.claim?.sentAt ?? run.at) + leaseMs
  for (const { fence, answer, at, sentAt } of steps) {
    if (fence !== run.fence || answer !== 'extended') continue
    // Who is told first that the key is still his has lost nothing.
    if (at > Math.max(toldBy(run.worker, endsAt, at, circumstances), run.at)) continue
    endsAt = Math.max(endsAt, sentAt + leaseMs)
  }
  return endsAt
}

/** When a run whose lease ends has to be told at the latest, if it is at work until `untilMs`. */
function toldBy(
  worker: string,
  leaseEndsAt: number,
  untilMs: number,
  circumstances: Circumstances,
): number {
  return leaseEndsAt + SLACK_MS + circumstances.stalledMs(worker, leaseEndsAt, untilMs)
}
