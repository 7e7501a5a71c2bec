import type { Invariant } from './invariant.ts'

/** An invariant that does not hold, and how it came to that. */
export interface Breach {
  readonly invariant: Invariant
  readonly reason: string
  /** A line for each step: who did what, what the store said, and the record afterwards. */
  readonly trace: readonly string[]
}
