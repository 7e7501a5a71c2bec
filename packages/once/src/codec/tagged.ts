/**
 * Tagged JSON, the format of codec byte 2. It is JSON text in which an object that has the key `$`
 * is a *mark*; everything else means what JSON says.
 *
 *     mark  = {"$": [tag, ...slots]}  or  {"$": [tag, ...slots], "+": {field: slot, ...}}
 *     slot  = any tagged JSON value
 *
 * `+` holds own enumerable fields by name. It is not a slot: a key `$` inside it is an ordinary key.
 *
 * | tag | slots | value |
 * |---|---|---|
 * | `undefined` `NaN` `Infinity` `-Infinity` `-0` | | that value |
 * | `bigint` | decimal digits, `-` before a negative one | a BigInt |
 * | `ref` | n | the object numbered n, again |
 * | `Object` | | a plain object with the fields of `+`; written when one of them is named `$` |
 * | `null` | | an object without a prototype, with the fields of `+` |
 * | `Array` | length | an array with holes or named fields; elements and fields are in `+` |
 * | `Date` | ms since 1970, or null | a Date, or an invalid one |
 * | `RegExp` | source, flags, lastIndex | |
 * | `URL` | href | |
 * | `Map` | key, value, key, value, … | in insertion order |
 * | `Set` | members | in insertion order |
 * | `Number` `String` `Boolean` `BigInt` | the primitive | its wrapper object |
 * | `ArrayBuffer` | base64 | |
 * | `Buffer` `DataView` `Uint8Array` and each other typed array | base64, or a `ref` to an ArrayBuffer | a view over these bytes, or over the whole of that buffer |
 * | `Error` `TypeError` and each other built-in error | name, value, name, value, … | an error with these non-enumerable properties (message, name, code, cause, errors, error, suppressed); the enumerable ones are in `+`; `stack` is not kept |
 * | `DOMException` | message, name, then as for errors | |
 *
 * Numbers are written as ECMAScript does (`Number.prototype.toString`), base64 as in RFC 4648 §4
 * with padding, elements of typed arrays in little-endian order.
 *
 * Objects are numbered from 0 in the order in which they begin in the text: every `{` that is a
 * value or an object's mark, and every `[` that is a value. The `[` of `$`, the `{` of `+` and the
 * marks of `undefined`, the odd numbers, `bigint` and `ref` are not numbered. A view given in base64
 * takes two numbers, for itself and for its ArrayBuffer. A mark's slots come before its `+`,
 * whatever order the keys have in the text.
 *
 * A value is at most 500 levels deep.
 */
export const MARK = '$'

/** The key of a mark's own fields. */
export const OWN = '+'

/** Deeper values are refused: recursion must end long before the stack does. */
export const MAX_DEPTH = 500

/** A JSON tree, owned by whoever built it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** A value that JSON says by itself. */
export function isJsonScalar(value: unknown): value is string | number | boolean | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return oddNumber(value) === undefined
    default:
      return value === null
  }
}

/** The tag of a number that JSON has no word for, `undefined` for all others. */
export function oddNumber(value: number): string | undefined {
  if (value - value === 0) return value !== 0 || 1 / value > 0 ? undefined : '-0'
  return String(value)
}
