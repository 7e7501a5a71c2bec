import { Unencodable } from '../unencodable.ts'
import { byteKinds } from './bytes.ts'
import { collectionKinds } from './collections.ts'
import { errorKinds } from './errors.ts'
import type { Kind } from './kind.ts'
import { valueKinds } from './values.ts'

const kinds: readonly Kind[] = [...valueKinds, ...collectionKinds, ...byteKinds, ...errorKinds]
const byTag = new Map(kinds.map((kind) => [kind.tag, kind]))
const byPrototype = new Map(kinds.map((kind) => [kind.prototype, kind]))

export function kindByTag(tag: string): Kind | undefined {
  return byTag.get(tag)
}

/** The nearest built-in class of `value`; `undefined` for plain objects and other classes. */
export function kindOf(value: object): Kind | undefined {
  let root: object | null = null
  let prototype: object | null = Object.getPrototypeOf(value)
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const kind = byPrototype.get(prototype)
    if (kind?.is(value)) return kind
    if (kind) throw new Unencodable(`a Proxy or an imitation of a ${kind.tag}`)
    root = prototype
  }
  const isOfThisRealm = root === Object.prototype || root === null
  return isOfThisRealm ? undefined : kinds.find((kind) => kind.is(value))
}
