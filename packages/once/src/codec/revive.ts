import { CodecError } from './codec-error.ts'
import { define, type Kind } from './kinds/kind.ts'
import { kindByTag } from './kinds/registry.ts'
import { type Json, MARK, MAX_DEPTH, OWN } from './tagged.ts'

/** The value of a parsed tagged JSON body. The tree is used up: it becomes the value. */
export function revive(tree: Json): unknown {
  return new Revival().slot(tree)
}

class Revival {
  /** Objects by number; `undefined` while one is still being made. */
  readonly #objects: (object | undefined)[] = []
  #depth = 0

  slot(tree: Json): unknown {
    if (typeof tree !== 'object' || tree === null) return tree
    if (this.#depth++ > MAX_DEPTH) throw new CodecError('The stored result is nested too deep')
    const value = Array.isArray(tree)
      ? this.#array(tree)
      : Object.hasOwn(tree, MARK)
        ? this.#mark(tree)
        : this.#plain(tree)
    this.#depth--
    return value
  }

  #array(tree: Json[]): unknown[] {
    const array: unknown[] = tree
    this.#objects.push(array)
    for (const [at, item] of tree.entries()) {
      if (typeof item === 'object') array[at] = this.slot(item)
    }
    return array
  }

  #plain(tree: { [name: string]: Json }): object {
    const fields: { [name: string]: unknown } = tree
    this.#objects.push(fields)
    for (const [name, field] of Object.entries(tree)) {
      // An assignment to an own property, even to `__proto__`, reaches no setter.
      if (typeof field === 'object') fields[name] = this.slot(field)
    }
    return fields
  }

  #mark(tree: { [name: string]: Json }): unknown {
    const { tag, slots, own } = markOf(tree)
    if (CONSTANTS.has(tag)) return CONSTANTS.get(tag)
    switch (tag) {
      case 'bigint':
        return bigintOf(slots[0])
      case 'ref':
        return this.#ref(slots[0])
      case 'Object':
        return this.#withOwn(this.#numbered({}), own)
      case 'null':
        return this.#withOwn(this.#numbered(Object.create(null) as object), own)
      default: {
        const kind = kindByTag(tag)
        if (kind) return this.#withOwn(this.#builtin(kind, slots), own)
        throw new CodecError('The stored result has a mark that this version does not know')
      }
    }
  }

  #builtin(kind: Kind, slots: readonly Json[]): object {
    if (kind.arity !== undefined && slots.length !== kind.arity) throw malformed()
    if (kind.fill) {
      const object = this.#numbered(kind.open(slots))
      kind.fill(object, this.#slots(slots))
      return object
    }
    const number = this.#objects.push(undefined) - 1
    const object = kind.open(this.#slots(slots))
    this.#objects[number] = object
    // A view from base64 brings a buffer, which others may share.
    if (ArrayBuffer.isView(object) && typeof slots[0] === 'string') {
      this.#objects.push(object.buffer)
    }
    return object
  }

  #slots(slots: readonly Json[]): unknown[] {
    return slots.map((slot) => this.slot(slot))
  }

  #numbered(object: object): object {
    this.#objects.push(object)
    return object
  }

  #withOwn(object: object, own: { [name: string]: Json }): object {
    for (const [name, field] of Object.entries(own)) define(object, name, this.slot(field), true)
    return object
  }

  #ref(number: Json | undefined): object {
    const object = typeof number === 'number' ? this.#objects[number] : undefined
    if (object === undefined) throw malformed()
    return object
  }
}

const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

interface Mark {
  readonly tag: string
  readonly slots: readonly Json[]
  readonly own: { [name: string]: Json }
}

function markOf(tree: { [name: string]: Json }): Mark {
  const mark = tree[MARK]
  const own = Object.hasOwn(tree, OWN) ? tree[OWN] : {}
  const keys = Object.hasOwn(tree, OWN) ? 2 : 1
  if (Object.keys(tree).length !== keys || !Array.isArray(mark) || !isFields(own)) throw malformed()
  const [tag, ...slots] = mark
  if (typeof tag !== 'string') throw malformed()
  return { tag, slots, own }
}

function isFields(own: Json | undefined): own is { [name: string]: Json } {
  return typeof own === 'object' && own !== null && !Array.isArray(own)
}

function bigintOf(digits: Json | undefined): bigint {
  if (typeof digits !== 'string' || !/^-?\d+$/.test(digits)) throw malformed()
  return BigInt(digits)
}

function malformed(): CodecError {
  return new CodecError('The stored result is malformed')
}
