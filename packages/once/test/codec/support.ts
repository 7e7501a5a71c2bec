import fc from 'fast-check'
import { CODEC, decodeResult, type Encoded, encodeResult } from '../../src/codec/index.ts'

/** What a caller of a replay gets. */
export function replayed(value: unknown): unknown {
  const { codec, body } = encodeResult(value)
  return decodeResult(codec, Buffer.from(body))
}

/** Why a value was not kept; fails if it was. */
export function refusal(value: unknown): string {
  const { codec, body }: Encoded = encodeResult(value)
  if (codec !== CODEC.unavailable) throw new Error(`kept as ${body}`)
  return body
}

const special = [undefined, null, Number.NaN, Infinity, -Infinity, -0, 0, '', '1', 1, 1n, '$', '+']

/** Nearly anything that the codec promises to carry. */
export const anyValue: fc.Arbitrary<unknown> = fc.anything({
  key: fc.oneof(fc.string(), fc.constantFrom('$', '+', '__proto__', 'constructor', 'length', '0')),
  values: [
    fc.string({ unit: 'binary' }),
    // Lone surrogates too.
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.constantFrom(...special),
    fc.webUrl().map((url) => new URL(url)),
    fc.constantFrom('a', '\\/', '[^/]+').map((source) => new RegExp(source, 'giu')),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.uint8Array().map((bytes) => bytes.buffer),
    fc
      .tuple(fc.string(), fc.anything())
      .map(([message, cause]) => new TypeError(message, { cause })),
  ],
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
})

/** Objects of every container kind, linked at random: shared, cyclic, deep. */
export const anyGraph: fc.Arbitrary<unknown> = fc
  .tuple(
    fc.array(fc.constantFrom('object', 'array', 'map', 'set', 'error'), { minLength: 1 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.string())),
  )
  .map(([kinds, links]) => {
    const nodes = kinds.map(node)
    for (const [from, to, name] of links) {
      link(nodes[from % nodes.length], nodes[to % nodes.length], name)
    }
    return nodes
  })

function node(kind: string): object {
  if (kind === 'array') return []
  if (kind === 'map') return new Map()
  if (kind === 'set') return new Set()
  return kind === 'error' ? new Error('node') : {}
}

function link(from: unknown, to: unknown, name: string): void {
  if (Array.isArray(from)) from.push(to)
  else if (from instanceof Map) from.set(to, name).set(name, to)
  else if (from instanceof Set) from.add(to)
  else Object.defineProperty(from, `_${name}`, { value: to, enumerable: true, configurable: true })
}
