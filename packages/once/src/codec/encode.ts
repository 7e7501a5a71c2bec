import { CODEC } from './codec.ts'
import { placeOf } from './place.ts'
import { ResultTree } from './result-tree.ts'
import { type Fields, snapshotOf } from './snapshot.ts'
import { isJsonScalar, type Json, MARK } from './tagged.ts'
import { whatStopped } from './unencodable.ts'

/** A result as a record keeps it. */
export interface Encoded {
  /** One of {@link CODEC}. */
  readonly codec: number
  readonly body: string
  /**
   * The decoded result will not equal the original (an instance of a class, say), so the first
   * caller must get `decodeResult(codec, body)` too.
   */
  readonly copied: boolean
  /** What made it a copy, for one warning per class. */
  readonly className?: string
}

/**
 * The body to store for a result. Never throws: what cannot be kept becomes codec `unavailable`
 * with the place and the reason as its body.
 *
 * Plain JSON where that loses nothing, tagged JSON otherwise. Every property is read once. An
 * instance of a class becomes its `toJSON()`, or a plain object of its own enumerable fields.
 *
 * Left behind without a word are non-enumerable properties, the frozen state and the stack of an
 * error; with `copied` set, symbol keys and those fields of an error that cannot be encoded.
 */
export function encodeResult(value: unknown): Encoded {
  switch (typeof value) {
    case 'undefined':
      return NOTHING
    case 'string':
    case 'boolean':
      return { codec: CODEC.json, body: JSON.stringify(value), copied: false }
    default:
      return encodeTree(value)
  }
}

const NOTHING: Encoded = Object.freeze({ codec: CODEC.none, body: '', copied: false })

function encodeTree(value: unknown): Encoded {
  const tree = new ResultTree()
  try {
    if (!isPlain(value)) return finished(tree, tree.build(value))
    const fields = snapshotOf(value, tree.path)
    return isFlat(fields)
      ? { codec: CODEC.json, body: JSON.stringify(fields), copied: false }
      : finished(tree, tree.buildPlain(value, fields, false))
  } catch (thrown) {
    const reason = `${placeOf('result', tree.path)} is ${whatStopped(thrown)}`
    return { codec: CODEC.unavailable, body: reason.toWellFormed(), copied: false }
  }
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

/** The commonest result, an object of a few scalars, is spared the walk. */
function isFlat(fields: Fields): boolean {
  for (const name in fields) {
    if (!isJsonScalar(fields[name]) || name === MARK || name === '__proto__') return false
  }
  return Object.getOwnPropertySymbols(fields).length === 0
}

function finished(tree: ResultTree, json: Json): Encoded {
  const { copied, className } = tree
  const codec = tree.tagged ? CODEC.tagged : CODEC.json
  const body = JSON.stringify(json)
  return className === undefined ? { codec, body, copied } : { codec, body, copied, className }
}
