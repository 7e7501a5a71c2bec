import type { SubjectName } from '../subjects/index.ts'
import type { ServerCost } from './server-load.ts'
import type { Figure } from './subject.ts'

/** Where a figure should be. */
export interface Target {
  readonly atLeast: number
  readonly reachFor: number
  readonly better: 'more' | 'less'
}

/** Ours and its rivals at the same work. */
export interface Comparison {
  readonly name: string
  readonly work: string
  readonly callers: number
  readonly ours: SubjectName
  /** The fastest of them is what ours is divided by. */
  readonly rivals: readonly SubjectName[]
  /** Measured too, and compared with nothing. */
  readonly beside?: readonly SubjectName[]
  /** Whether a Redis server has a part in it, and whether it is emptied before each slice. */
  readonly redis?: 'kept' | 'emptied'
  /** For operations per second, ours ÷ the fastest rival. */
  readonly speed?: Target
  /** For client CPU per operation, ours ÷ the fastest rival. */
  readonly cpu?: Target
}

/** One subject's slice, and what it cost the server. */
export interface Slice extends Figure {
  readonly server?: ServerCost
}

/** What was measured for one {@link Comparison}; the n-th slices of all subjects lie next to each other in time. */
export interface Measured {
  readonly comparison: Comparison
  readonly slices: ReadonlyMap<SubjectName, readonly Slice[]>
}
