/** Numbers objects in the order they are met, and knows them again. */
export class Seen {
  readonly #order: object[] = []
  #numbers: Map<object, number> | undefined
  #aliases: Map<object, number> | undefined

  /** The number of `object`, or -1. */
  find(object: object): number {
    const number = this.#numbers ? this.#numbers.get(object) : this.#order.indexOf(object)
    if (number !== undefined && number >= 0) return number
    return this.#aliases?.get(object) ?? -1
  }

  add(object: object): void {
    const number = this.#order.push(object) - 1
    if (this.#numbers) this.#numbers.set(object, number)
    else if (number === SCANNED) this.#numbers = new Map(this.#order.map((seen, at) => [seen, at]))
  }

  /** `stand`, about to be added if it is new, will stand for `object`. */
  alias(object: object, stand: object): void {
    const number = this.find(stand)
    this.#aliases ??= new Map()
    this.#aliases.set(object, number < 0 ? this.#order.length : number)
  }

  get count(): number {
    return this.#order.length
  }

  /** Forgets all but the first `count`. */
  rewind(count: number): void {
    for (const dropped of this.#order.splice(count)) this.#numbers?.delete(dropped)
    for (const [object, number] of this.#aliases ?? []) {
      if (number >= count) this.#aliases?.delete(object)
    }
  }
}

/** Up to here a scan of the list is quicker than building and asking a Map. */
const SCANNED = 16
