/** A member of at most one {@link LinkedList}; the list alone writes these. */
export interface Linked<T> {
  before: T | undefined
  after: T | undefined
  linked: boolean
}

/**
 * A list for what comes and goes with every call.
 *
 * A Set or Map under such churn makes a new table every few hundred members, and each old table refers to the next: one that has
 * grown old in the heap keeps all later ones alive, with what they held, until the next full collection.
 */
export class LinkedList<T extends Linked<T>> {
  #first: T | undefined
  #last: T | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  add(member: T): void {
    if (member.linked) return
    member.linked = true
    member.before = this.#last
    if (this.#last === undefined) this.#first = member
    else this.#last.after = member
    this.#last = member
    this.#size++
  }

  /** Gives whether it was in. */
  delete(member: T): boolean {
    if (!member.linked) return false
    if (member.before === undefined) this.#first = member.after
    else member.before.after = member.after
    if (member.after === undefined) this.#last = member.before
    else member.after.before = member.before
    member.before = undefined
    member.after = undefined
    member.linked = false
    this.#size--
    return true
  }

  /** Members at this moment, oldest first. */
  all(): readonly T[] {
    const members: T[] = []
    for (let member = this.#first; member !== undefined; member = member.after) members.push(member)
    return members
  }
}
