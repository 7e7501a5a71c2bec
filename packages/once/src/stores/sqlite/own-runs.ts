import type { OnceRecord } from '../../record.ts'

/** A row as this process last wrote it: an executing record. */
export interface OwnRun {
  readonly id: number
  readonly name: string
  readonly record: OnceRecord
  /** The record as it stands in the row; with its token and fence no other row ever held the same. */
  readonly bytes: Buffer
}

/** A power of two. Far more than run at a time; of what is never asked for again no more than this is kept. */
const SLOTS = 4096
/** Progress of steps can be large, and is better read again than held. */
const MAX_KEPT_BYTES = 2048

/**
 * Runs that this process began, so that their owner's next step need not read the row first. A hint: whoever uses it has to see that
 * the row still holds the same.
 *
 * Each token has one slot, which the next token of that slot takes over. Nothing grows and nothing is searched, unlike a Map that
 * comes and goes with every call.
 */
export class OwnRuns {
  readonly #slots: (OwnRun | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

  /** Forgets it when there is nothing to gain by it. */
  keep(run: OwnRun): void {
    const { state, token, body } = run.record
    // Bytes are shared with whoever gave or got them, who may change them.
    if (state !== 'executing' || typeof body !== 'string' || run.bytes.length > MAX_KEPT_BYTES)
      return
    this.#slots[slotOf(token)] = run
  }

  /** Gives the run away: its next step writes another row. */
  take(name: string, token: string): OwnRun | undefined {
    const slot = slotOf(token)
    const run = this.#slots[slot]
    if (run === undefined || run.record.token !== token || run.name !== name) return undefined
    this.#slots[slot] = undefined
    return run
  }
}

/** From the last three hex digits of a random token. */
function slotOf(token: string): number {
  const last = token.length - 1
  return (digit(token, last - 2) << 8) | (digit(token, last - 1) << 4) | digit(token, last)
}

/** `0`–`9` have their value in the low bits, `a`–`f` theirs minus 9, and a bit above. */
function digit(token: string, at: number): number {
  const code = token.charCodeAt(at)
  return ((code & 15) + (code >> 6) * 9) & 15
}
