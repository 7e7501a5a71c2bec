import type { Step } from './place.ts'
import { type Fields, snapshotOf } from './snapshot.ts'
import { messageOf, Unencodable } from './unencodable.ts'

/** What an object offers in its place: the answer of its `toJSON()`, or its own fields. */
export type StandIn = { readonly json: unknown } | { readonly fields: Fields }

/**
 * Reads an instance of a class that is not built in. One that hides all its data (private fields,
 * native handles) is refused: as `{}` it would look like an answer.
 *
 * @param asked - `value` is itself the answer of a `toJSON()` and is not asked for its own
 */
export function standInOf(value: object, path: Step[], asked: boolean): StandIn {
  refuseUnfinished(value)
  const toJson = asked ? undefined : toJsonOf(value)
  if (toJson) return { json: callToJson(toJson, value, path) }
  const fields = snapshotOf(value, path)
  if (Object.keys(fields).length > 0) return { fields }
  throw new Unencodable(
    `an instance of ${classNameOf(value)} with neither fields of its own nor toJSON()`,
  )
}

export type ToJson = (this: object, key: string) => unknown

export function toJsonOf(value: object): ToJson | undefined {
  const { toJSON: toJson } = value as { readonly toJSON?: unknown }
  return typeof toJson === 'function' ? (toJson as ToJson) : undefined
}

/** Calls `toJson` as `JSON.stringify` would. */
export function callToJson(toJson: ToJson, value: object, path: readonly Step[]): unknown {
  try {
    return toJson.call(value, String(path.at(-1) ?? ''))
  } catch (thrown) {
    throw new Unencodable(`a value whose toJSON() failed: ${messageOf(thrown)}`, {
      cause: thrown,
    })
  }
}

export function classNameOf(value: object): string {
  const { constructor } = value
  return typeof constructor === 'function' && constructor.name !== ''
    ? constructor.name
    : 'an unnamed class'
}

function refuseUnfinished(value: object): void {
  if (typeof Reflect.get(value, 'then') === 'function') {
    throw new Unencodable('a promise that nobody awaited')
  }
  const isNodeStream = typeof Reflect.get(value, 'pipe') === 'function'
  if (isNodeStream || Symbol.asyncIterator in value || value instanceof WritableStream) {
    throw new Unencodable('a stream')
  }
}
