import type { HistoryEvent } from '../events.ts'
import type { KeyStory } from './key-story.ts'

/** What happened, in numbers. */
export interface RoundCounts {
  keys: number
  /** Calls that ended. */
  operations: number
  /** Calls whose process was killed under them. */
  lostWithTheirProcess: number
  executions: number
  executed: number
  replayed: number
  waited: number
  conflicts: number
  mismatches: number
  failed: number
  aborted: number
  waitTimeouts: number
  leasesLost: number
  unknown: number
  unavailable: number
  /** The store had no room. */
  full: number
  takeovers: number
  cleared: number
}

export function newRoundCounts(): RoundCounts {
  return {
    keys: 0,
    operations: 0,
    lostWithTheirProcess: 0,
    executions: 0,
    executed: 0,
    replayed: 0,
    waited: 0,
    conflicts: 0,
    mismatches: 0,
    failed: 0,
    aborted: 0,
    waitTimeouts: 0,
    leasesLost: 0,
    unknown: 0,
    unavailable: 0,
    full: 0,
    takeovers: 0,
    cleared: 0,
  }
}

/** Adds one key, once all is known of it. */
export function countKey(counts: RoundCounts, story: KeyStory): void {
  counts.keys++
  counts.executions += story.runs.length
  counts.takeovers += story.claims.filter(({ takeover }) => takeover).length
  counts.cleared += story.events.filter(isCleared).length
  const returnedAt = new Map(story.runs.map(({ run, ran }) => [run, ran?.at ?? Infinity]))
  for (const { at, ends } of story.calls) {
    const [end] = ends
    if (end === undefined) {
      counts.lostWithTheirProcess++
      continue
    }
    counts.operations++
    if (end.value === undefined) counts[end.left === true ? 'aborted' : endOfCode(end.code)]++
    else if (end.leaseLost === true) counts.leasesLost++
    else if (end.replayed === false) counts.executed++
    else if ((returnedAt.get(end.value.run) ?? 0) > at) counts.waited++
    else counts.replayed++
  }
}

function isCleared(event: HistoryEvent): boolean {
  return event.type === 'cleared' && event.answer === 'cleared'
}

/** Without a code it is the callback's error. */
function endOfCode(code: string | undefined): keyof RoundCounts {
  return code === undefined ? 'failed' : (ENDS[code] ?? 'unavailable')
}

const ENDS: Readonly<Record<string, keyof RoundCounts>> = {
  ONCE_IN_PROGRESS: 'conflicts',
  ONCE_MISMATCH: 'mismatches',
  ONCE_WAIT_TIMEOUT: 'waitTimeouts',
  ONCE_LEASE_LOST: 'leasesLost',
  ONCE_OUTCOME_UNKNOWN: 'unknown',
  ONCE_STORE_FULL: 'full',
}
