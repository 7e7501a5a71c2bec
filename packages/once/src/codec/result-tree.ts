import { isDense } from './dense.ts'
import { callToJson, classNameOf, standInOf, toJsonOf } from './instance.ts'
import { define, type Kind } from './kinds/kind.ts'
import { kindOf } from './kinds/registry.ts'
import type { Step } from './place.ts'
import { Seen } from './seen.ts'
import { type Fields, snapshotOf } from './snapshot.ts'
import { isJsonScalar, type Json, MARK, MAX_DEPTH, oddNumber, OWN } from './tagged.ts'
import { Unencodable } from './unencodable.ts'

type JsonFields = { [name: string]: Json }

/**
 * Turns a value into a JSON tree of its own, reading every property once, and notes on the way
 * whether plain JSON says it all.
 */
export class ResultTree {
  /** The tree has marks, or something else that needs the tagged format. */
  tagged = false
  /** The decoded tree will not equal the value. */
  copied = false
  className: string | undefined
  /** Where the walk is; where it stopped, after it threw. */
  readonly path: Step[] = []
  readonly #seen = new Seen()

  build(value: unknown): Json {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number': {
        const odd = oddNumber(value)
        return odd === undefined ? value : this.#mark([odd])
      }
      case 'object':
        return value === null ? null : this.#object(value, false)
      case 'undefined':
        return this.#mark(['undefined'])
      case 'bigint':
        return this.#mark(['bigint', String(value)])
      default:
        throw new Unencodable(`a ${typeof value}`)
    }
  }

  /** @param asked - `value` is the answer of a `toJSON()`, and is not asked for its own */
  #object(value: object, asked: boolean): Json {
    const number = this.#seen.find(value)
    if (number >= 0) return this.#mark(['ref', number])
    if (this.path.length > MAX_DEPTH) {
      throw new Unencodable(`a value nested deeper than ${MAX_DEPTH} levels`)
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) {
      return this.buildPlain(value, snapshotOf(value, this.path), asked)
    }
    if (prototype === Array.prototype && isDense(value)) return this.#array(value)
    if (prototype === null) return this.#bare(value)
    const kind = kindOf(value)
    return kind ? this.#builtin(kind, value, asked) : this.#instance(value, asked)
  }

  /** The tree of a plain object that has been read already. */
  buildPlain(value: object, fields: Fields, asked: boolean): Json {
    const toJson = asked ? undefined : toJsonOf(fields)
    if (toJson) {
      this.#copy('Object with toJSON()')
      return this.#answer(value, callToJson(toJson, value, this.path))
    }
    this.#seen.add(value)
    const tree = this.#replace(fields)
    return Object.hasOwn(tree, MARK) ? this.#mark(['Object'], tree) : tree
  }

  #bare(value: object): Json {
    this.#seen.add(value)
    return this.#mark(['null'], this.#replace(snapshotOf(value, this.path)))
  }

  #array(value: readonly unknown[]): Json[] {
    this.#seen.add(value)
    const tree: Json[] = []
    for (let at = 0, { length } = value; at < length; at++) {
      const item = value[at]
      tree.push(isJsonScalar(item) ? item : this.#at(at, item))
    }
    this.#noteSymbols(value)
    return tree
  }

  #instance(value: object, asked: boolean): Json {
    this.#copy(classNameOf(value))
    const standIn = standInOf(value, this.path, asked)
    return 'json' in standIn
      ? this.#answer(value, standIn.json)
      : this.buildPlain(value, standIn.fields, true)
  }

  #builtin(kind: Kind, value: object, asked: boolean): Json {
    if (Object.getPrototypeOf(value) !== kind.prototype) {
      const name = classNameOf(value)
      this.#copy(name === kind.tag ? undefined : name)
      const toJson = asked || kind.keepsWhatItCan ? undefined : toJsonOf(value)
      if (toJson && toJson !== toJsonOf(kind.prototype)) {
        return this.#answer(value, callToJson(toJson, value, this.path))
      }
    }
    this.#seen.add(value)
    if (kind.keepsWhatItCan) return this.#whatCanBeKept(kind, value)
    if (ArrayBuffer.isView(value)) return this.#view(kind, value)
    const read = kind.read(value)
    const slots = read.map((slot, at) => this.#at(kind.step?.(read, at) ?? at, slot))
    return this.#mark([kind.tag, ...slots], kind.withoutFields ? {} : this.#own(value))
  }

  /**
   * Views over one whole buffer keep sharing it. A part goes alone: the rest of its buffer may be
   * megabytes or, in Node's pool, somebody else's data.
   */
  #view(kind: Kind, view: ArrayBufferView): Json {
    const [base64] = kind.read(view)
    const isWhole = view.byteLength === view.buffer.byteLength
    const number = isWhole ? this.#seen.find(view.buffer) : -1
    if (number >= 0) return this.#mark([kind.tag, this.#mark(['ref', number])])
    this.#seen.add(isWhole ? view.buffer : {})
    return this.#mark([kind.tag, String(base64)])
  }

  #own(value: object): JsonFields {
    this.#noteSymbols(value)
    return this.#replace(snapshotOf(value, this.path))
  }

  /** An error without one of its fields is worth more than no error. */
  #whatCanBeKept(kind: Kind, value: object): Json {
    const read = kind.read(value)
    const slots: Json[] = []
    for (let at = 0; at < read.length; at += 2) {
      this.#attempt(
        String(read[at]),
        () => read[at + 1],
        (tree) => slots.push(String(read[at]), tree),
      )
    }
    const own: JsonFields = {}
    for (const name of Object.keys(value)) {
      if (name === 'stack') continue
      this.#attempt(
        name,
        () => Reflect.get(value, name),
        (tree) => define(own, name, tree, true),
      )
    }
    return this.#mark([kind.tag, ...slots], own)
  }

  /** What fails is left out, as if the walk had never been there. */
  #attempt(step: Step, read: () => unknown, keep: (tree: Json) => void): void {
    const { className, path } = this
    const depth = path.length
    const { count } = this.#seen
    try {
      keep(this.#at(step, read()))
    } catch {
      this.#seen.rewind(count)
      path.length = depth
      this.copied = true
      this.className = className
    }
  }

  /** Encodes what a `toJSON()` gave; later references to `value` mean the same. */
  #answer(value: object, json: unknown): Json {
    if (typeof json !== 'object' || json === null) return this.build(json)
    if (json !== value) this.#seen.alias(value, json)
    return this.#object(json, true)
  }

  /** Replaces each field by its tree, in place. */
  #replace(fields: Fields): JsonFields {
    // `for in` is much quicker than Object.keys, but meets what others put on Object.prototype.
    for (const name in fields) {
      const value = fields[name]
      if (name === '__proto__') this.tagged = true
      if (isJsonScalar(value)) continue
      if (Object.hasOwn(fields, name)) fields[name] = this.#at(name, value)
    }
    this.#noteSymbols(fields)
    return fields as JsonFields
  }

  #at(step: Step, value: unknown): Json {
    this.path.push(step)
    const isObject = typeof value === 'object' && value !== null
    const tree = isObject ? this.#object(value, false) : this.build(value)
    this.path.pop()
    return tree
  }

  #mark(mark: [tag: string, ...slots: Json[]], own: JsonFields = {}): Json {
    this.tagged = true
    return Object.keys(own).length === 0 ? { [MARK]: mark } : { [MARK]: mark, [OWN]: own }
  }

  #noteSymbols(value: object): void {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#copy('Object with symbol keys')
  }

  #copy(className: string | undefined): void {
    this.copied = true
    this.className ??= className
  }
}
