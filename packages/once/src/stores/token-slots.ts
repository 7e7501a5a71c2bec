/** A power of two. Far more than run at a time. */
const SLOTS = 4096

/**
 * What is known of the runs that this process began, by token: a hint, which may be gone.
 *
 * Each token has one slot, which the next token of that slot takes over. Nothing grows and nothing is searched, unlike a Map that
 * comes and goes with every call.
 */
export class TokenSlots<T> {
  readonly #slots: (Held<T> | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

  keep(token: string, value: T): void {
    this.#slots[slotOf(token)] = { token, value }
  }

  /** Gives it away, should it still be there. */
  take(token: string): T | undefined {
    const slot = slotOf(token)
    const held = this.#slots[slot]
    if (held === undefined || held.token !== token) return undefined
    this.#slots[slot] = undefined
    return held.value
  }
}

interface Held<T> {
  readonly token: string
  readonly value: T
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
