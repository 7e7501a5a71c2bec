import type { OnceRecord } from '../../record.ts'
import { TokenSlots } from '../token-slots.ts'

/** A row as this process last wrote it: an executing record. */
export interface OwnRun {
  readonly id: number
  readonly name: string
  readonly record: OnceRecord
  /** The record as it stands in the row; with its token and fence no other row ever held the same. */
  readonly bytes: Buffer
}

/** Progress of steps can be large, and is better read again than held. */
const MAX_KEPT_BYTES = 2048

/**
 * Runs that this process began, so that their owner's next step need not read the row first. A hint: whoever uses it has to see that
 * the row still holds the same.
 */
export class OwnRuns {
  readonly #runs = new TokenSlots<OwnRun>()

  /** Forgets it when there is nothing to gain by it. */
  keep(run: OwnRun): void {
    const { state, token, body } = run.record
    // Bytes are shared with whoever gave or got them, who may change them.
    if (state !== 'executing' || typeof body !== 'string' || run.bytes.length > MAX_KEPT_BYTES)
      return
    this.#runs.keep(token, run)
  }

  /** Gives the run away: its next step writes another row. */
  take(name: string, token: string): OwnRun | undefined {
    const run = this.#runs.take(token)
    if (run === undefined || run.name === name) return run
    this.#runs.keep(token, run)
    return undefined
  }
}
