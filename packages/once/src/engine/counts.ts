/** How one call ended; each call ends in exactly one. Callback starts are counted apart. */
export const CALL_ENDS = [
  'executed',
  'failed',
  'replayed',
  'waited',
  'conflict',
  'wait_timeout',
  'mismatch',
  'rejected',
  'aborted',
  'lease_lost',
  'unknown',
  'unavailable',
  'unprotected',
] as const

export type CallEnd = (typeof CALL_ENDS)[number]

/** Counts since creation. The sum over `operations` is the number of calls that ended. */
export interface Counts {
  readonly operations: Record<CallEnd, number>
  executions: number
  waits: number
  leasesLost: number
  indeterminate: number
}

export function newCounts(): Counts {
  return {
    operations: forEachEnd(() => 0),
    executions: 0,
    waits: 0,
    leasesLost: 0,
    indeterminate: 0,
  }
}

export function forEachEnd<T>(make: (end: CallEnd) => T): Record<CallEnd, T> {
  return Object.fromEntries(CALL_ENDS.map((end) => [end, make(end)])) as Record<CallEnd, T>
}

/** Adds `more` to `sum`, in place. */
export function addCounts(sum: Counts, more: Counts): void {
  for (const end of CALL_ENDS) sum.operations[end] += more.operations[end]
  sum.executions += more.executions
  sum.waits += more.waits
  sum.leasesLost += more.leasesLost
  sum.indeterminate += more.indeterminate
}
