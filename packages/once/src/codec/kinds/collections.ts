import { types } from 'node:util'
import { Unencodable } from '../unencodable.ts'
import { type Kind, kind } from './kind.ts'

/** Collections. They are opened empty and filled later, since they may hold themselves. */
export const collectionKinds: readonly Kind[] = [
  kind<Map<unknown, unknown>>({
    tag: 'Map',
    prototype: Map.prototype,
    is: types.isMap,
    read(map) {
      const slots: unknown[] = []
      Map.prototype.forEach.call(map, (value, key) => slots.push(key, value))
      return slots
    },
    open: () => new Map(),
    fill(map, slots) {
      if (slots.length % 2 !== 0) throw new RangeError('a key has no value')
      for (let at = 0; at < slots.length; at += 2) map.set(slots[at], slots[at + 1])
    },
    step: (_, at) => [at % 2 === 0 ? 'key' : 'value', at >> 1],
  }),
  kind<Set<unknown>>({
    tag: 'Set',
    prototype: Set.prototype,
    is: types.isSet,
    read(set) {
      const slots: unknown[] = []
      Set.prototype.forEach.call(set, (member) => slots.push(member))
      return slots
    },
    open: () => new Set(),
    fill(set, slots) {
      for (const member of slots) set.add(member)
    },
    step: (_, at) => ['member', at],
  }),
  kind<unknown[]>({
    tag: 'Array',
    prototype: Array.prototype,
    is: Array.isArray,
    arity: 1,
    read({ length }) {
      // Only a Proxy claims a length that no array can be given again.
      if (!(length < TWO_32)) throw new Unencodable('a Proxy or an imitation of an Array')
      return [length]
    },
    open: ([length]) => holes(length),
    fill: () => undefined,
  }),
]

const TWO_32 = 2 ** 32

function holes(length: unknown): unknown[] {
  if (typeof length !== 'number') throw new TypeError('a length is expected')
  const array: unknown[] = []
  if (length > 1_000_000) {
    // V8 reserves memory for up to 32 M holes, unless the array got there by a far element.
    array[length - 1] = null
    Reflect.deleteProperty(array, length - 1)
  }
  array.length = length
  return array
}
