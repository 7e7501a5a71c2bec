import type { Step } from '../place.ts'

/** One built-in class: how its instances become slots of a mark, and back. */
export interface Kind<T extends object = object> {
  readonly tag: string
  readonly prototype: object
  /** Whether `value` is a real one, by its internal slots: proxies and imitations are not. */
  is(value: object): boolean
  /** The slots of the mark. */
  read(value: T): readonly unknown[]
  /**
   * A new object. With `fill`, the slots are as they stand in the text and may only be looked at
   * for strings and numbers; without it they are decoded.
   */
  open(slots: readonly unknown[]): T
  /** Puts the decoded slots in; they may refer back to `object`. */
  fill?(object: T, slots: readonly unknown[]): void
  /** How many slots there are, where that is fixed. */
  readonly arity?: number
  /** How a slot is named in a path. */
  step?(slots: readonly unknown[], at: number): Step
  /** Own enumerable fields are not looked at: they are the elements themselves. */
  readonly withoutFields?: true
  /** What cannot be encoded is left out, two slots or one field at a time. */
  readonly keepsWhatItCan?: true
}

/** Lets each kind speak of its own type, and the registry of objects. */
export function kind<T extends object>(definition: Kind<T>): Kind {
  return definition
}

export function text(slot: unknown): string {
  if (typeof slot !== 'string') throw new TypeError('a text is expected')
  return slot
}

/** Defines rather than assigns: no setter runs, and `__proto__` is a name like any other. */
export function define(target: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true })
}
