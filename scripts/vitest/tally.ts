/** What a run of tests came to. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** One test as it ended; a test file or suite that broke counts as a test that failed. */
export interface Outcome {
  readonly name: string
  readonly state: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped. */
  readonly reason?: string
}

/** Counts outcomes; a test skipped without a reason has failed. */
export function tally(outcomes: readonly Outcome[]): Tally {
  const count = (state: Outcome['state']): number =>
    outcomes.filter((outcome) => settle(outcome).state === state).length
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

/** A line for each test that did not run. */
export function skipLines(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ state }) => state === 'skipped')
    .map(({ name, reason }) =>
      reason === undefined
        ? `skipped without a reason, counted as failed: ${name}`
        : `skipped: ${name}: ${reason}`,
    )
}

/** The last line of a run. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function settle(outcome: Outcome): Outcome {
  const unexplained = outcome.state === 'skipped' && outcome.reason === undefined
  return unexplained ? { ...outcome, state: 'failed' } : outcome
}
