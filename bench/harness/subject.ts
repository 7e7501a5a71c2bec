/** Someone who can do the work, alone in a process. */
export interface Subject extends AsyncDisposable {
  /** Gets ready for the work, which nobody measures. */
  begin(work: string, callers: number): Promise<Work>
}

/** What is done again and again. */
export interface Work {
  /** Does the `n`th call; no `n` comes twice. */
  act(n: number): unknown
  /** How many operations one call does. @defaultValue 1 */
  readonly operations?: number
  /** How many call at once. @defaultValue as many as the row says */
  readonly callers?: number
  /** Calls between two looks at the clock, for calls that cost hardly more than a look. @defaultValue 1 */
  readonly stride?: number
  /** Makes room before a slice, which nobody measures. */
  clear?(): Promise<void>
  /** Calls there is room for in a slice. @defaultValue as many as there is time for */
  readonly limit?: number
}

/** Folders for files. */
export interface Folders {
  readonly disk: string
  /** In memory, where a flush costs nothing; the same as `disk` where there is no such folder. */
  readonly memory: string
}

/** What a subject is opened with. */
export interface SubjectOptions extends Folders {
  /** Empty for rows without a server. */
  readonly redisUrl: string
}

/** What a slice came to. */
export interface Figure {
  readonly operations: number
  readonly perSecond: number
  /** CPU of the subject's process, user and system, per operation. */
  readonly cpuMicros: number
  /** Latency of a call; nothing where calls are too short to be timed. */
  readonly latencyMicros?: { readonly p50: number; readonly p99: number }
}

export type Order =
  | { readonly kind: 'begin'; readonly work: string; readonly callers: number }
  | { readonly kind: 'slice'; readonly ms: number; readonly callers?: number }

export interface Answer {
  readonly figure?: Figure
}
