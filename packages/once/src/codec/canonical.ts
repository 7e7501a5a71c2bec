import { isDense } from './dense.ts'
import { fieldHead } from './field-head.ts'
import { callToJson, standInOf, toJsonOf } from './instance.ts'
import type { Kind } from './kinds/kind.ts'
import { kindOf } from './kinds/registry.ts'
import { placeOf, type Step } from './place.ts'
import { quote } from './quote.ts'
import type { Fields } from './snapshot.ts'
import { sortedNames } from './sorted-names.ts'
import { MARK, MAX_DEPTH, oddNumber, OWN } from './tagged.ts'
import { Unencodable, whatStopped } from './unencodable.ts'
import { UnencodablePayload } from './unencodable-payload.ts'

/**
 * The canonical form of a payload: tagged JSON (see `tagged.ts`) without white space, in which equal
 * payloads have equal texts and different ones different texts.
 *
 * - Fields are sorted by the UTF-16 code units of their names, entries of a Map and members of a Set
 *   by their own canonical text. Arrays keep their order.
 * - `{a: undefined}` is `{}`: optional fields come and go on the way through JSON. Elsewhere
 *   `undefined` counts, and so does a hole.
 * - `1`, `'1'` and `1n` differ; so do `0` and `-0`, a Date and its ISO string, and the composed and
 *   decomposed form of a letter.
 * - Objects count by their data: an instance of a class is its `toJSON()` or its own enumerable
 *   fields, an object without a prototype is a plain one, a Buffer is a Uint8Array, a view is the
 *   bytes it shows, an object met twice is written twice. Symbol keys do not count.
 *
 * @throws {@link UnencodablePayload} on cycles and whatever the result codec refuses too
 */
export function canonicalText(payload: unknown): string {
  const writer = new CanonicalWriter()
  try {
    return writer.write(payload)
  } catch (thrown) {
    throw new UnencodablePayload(placeOf('payload', writer.path), whatStopped(thrown), {
      cause: thrown,
    })
  }
}

class CanonicalWriter {
  /** Where the writer is; where it stopped, after it threw. */
  readonly path: Step[] = []
  readonly #ancestors: object[] = []
  #objects = 0

  write(value: unknown): string {
    return plainScalar(value) ?? this.#other(value)
  }

  #other(value: unknown): string {
    if (typeof value === 'object' && value !== null) return this.#within(value, false)
    switch (typeof value) {
      case 'undefined':
        return mark('undefined', [])
      case 'number':
        return mark(oddNumber(value) ?? String(value), [])
      case 'bigint':
        return mark('bigint', [quote(String(value))])
      default:
        throw new Unencodable(`a ${typeof value}`)
    }
  }

  /** @param asked - `value` is the answer of a `toJSON()`, and is not asked for its own */
  #within(value: object, asked: boolean): string {
    if (this.#ancestors.includes(value)) throw new Unencodable('an object that contains itself')
    if (this.path.length > MAX_DEPTH) {
      throw new Unencodable(`a value nested deeper than ${MAX_DEPTH} levels`)
    }
    if (++this.#objects > MOST_OBJECTS) {
      throw new Unencodable(`a value with more than ${MOST_OBJECTS} objects up to here`)
    }
    this.#ancestors.push(value)
    const text = this.#object(value, asked)
    this.#ancestors.pop()
    return text
  }

  #object(value: object, asked: boolean): string {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) {
      const toJson = asked ? undefined : toJsonOf(value)
      return toJson
        ? this.#answer(value, callToJson(toJson, value, this.path))
        : this.#fields(value)
    }
    if (prototype === Array.prototype && isDense(value)) return `[${this.#items(value)}]`
    if (prototype === null) return this.#fields(value)
    const kind = kindOf(value)
    return kind ? this.#builtin(kind, value, asked) : this.#instance(value, asked)
  }

  #instance(value: object, asked: boolean): string {
    const standIn = standInOf(value, this.path, asked)
    return 'json' in standIn ? this.#answer(value, standIn.json) : this.#fields(standIn.fields)
  }

  #answer(value: object, json: unknown): string {
    if (json === value) return this.#object(value, true)
    return typeof json === 'object' && json !== null ? this.#within(json, true) : this.write(json)
  }

  #builtin(kind: Kind, value: object, asked: boolean): string {
    const toJson = asked || kind.keepsWhatItCan ? undefined : toJsonOf(value)
    if (toJson && toJson !== toJsonOf(kind.prototype)) {
      return this.#answer(value, callToJson(toJson, value, this.path))
    }
    const read = kind.read(value)
    const slots = read.map((slot, at) => this.#at(kind.step?.(read, at) ?? at, slot))
    const own = kind.withoutFields ? '{}' : this.#fields(value, kind)
    const tag = kind.tag === 'Buffer' ? 'Uint8Array' : kind.tag
    return mark(tag, inOrder(kind.tag, slots), own)
  }

  #items(items: readonly unknown[]): string {
    let text = ''
    for (let at = 0; at < items.length; at++) {
      if (at > 0) text += ','
      const item = items[at]
      text += plainScalar(item) ?? this.#at(at, item)
    }
    return text
  }

  /** @param owner - the kind of built-in whose own fields these are: then all of them count */
  #fields(value: object, owner?: Kind): string {
    let text = ''
    let looksLikeMark = false
    for (const name of sortedNames(value)) {
      const field = this.#read(value, name)
      const counts = owner ? !(owner.keepsWhatItCan && name === 'stack') : field !== undefined
      if (!counts) continue
      const { first, next } = fieldHead(name)
      text += (text === '' ? first : next) + (plainScalar(field) ?? this.#at(name, field))
      looksLikeMark ||= name === MARK
    }
    return looksLikeMark && !owner ? mark('Object', [], `{${text}}`) : `{${text}}`
  }

  #read(value: object, name: string): unknown {
    try {
      return (value as Fields)[name]
    } catch (thrown) {
      this.path.push(name)
      throw thrown
    }
  }

  #at(step: Step, value: unknown): string {
    this.path.push(step)
    const text = this.write(value)
    this.path.pop()
    return text
  }
}

/** The text of what JSON says by itself: most of a payload, and spared the steps of the walk. */
function plainScalar(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      return oddNumber(value) === undefined ? String(value) : undefined
    default:
      return value === null ? 'null' : undefined
  }
}

/** A value may hold an object many times, and that one another: a few lines can write gigabytes. */
const MOST_OBJECTS = 1_000_000

function mark(tag: string, slots: readonly string[], own = '{}'): string {
  const fields = own === '{}' ? '' : `,"${OWN}":${own}`
  return `{"${MARK}":[${[quote(tag), ...slots].join(',')}]${fields}}`
}

function inOrder(tag: string, slots: readonly string[]): readonly string[] {
  if (tag === 'Set') return slots.toSorted()
  if (tag !== 'Map') return slots
  const entries: string[] = []
  for (let at = 0; at < slots.length; at += 2) entries.push(`${slots[at]},${slots[at + 1]}`)
  return entries.toSorted()
}
