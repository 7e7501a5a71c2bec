/** What a caller asks for. */
export interface Call {
  readonly fingerprint: string
  /** Waits for a run elsewhere, instead of being told of it. */
  readonly wait: boolean
  /** Its callback declares an effect. */
  readonly effectful: boolean
  readonly leaseMs: number
  readonly ttlMs: number
  /** 0: none. */
  readonly attemptLimit: number
}

/** What a caller was told in the end. */
export type End =
  | 'executed'
  | 'failed'
  | 'replayed'
  | 'conflict'
  | 'wait_timeout'
  | 'mismatch'
  | 'rejected'
  | 'aborted'
  | 'lease_lost'
  | 'unknown'
  | 'unavailable'
