import { types } from 'node:util'
import { Unencodable } from '../unencodable.ts'
import { type Kind, kind, text } from './kind.ts'

/** Objects that stand for one value: dates, patterns, addresses, boxed primitives. */
export const valueKinds: readonly Kind[] = [
  kind<Date>({
    tag: 'Date',
    prototype: Date.prototype,
    is: types.isDate,
    arity: 1,
    read(date) {
      const ms = Date.prototype.getTime.call(date)
      return [Number.isNaN(ms) ? null : ms]
    },
    open([ms]) {
      const date = new Date(typeof ms === 'number' ? ms : Number.NaN)
      if (ms !== null && date.getTime() !== ms) throw new RangeError('no such date')
      return date
    },
  }),
  kind<RegExp>({
    tag: 'RegExp',
    prototype: RegExp.prototype,
    is: types.isRegExp,
    arity: 3,
    read({ source, flags, lastIndex }) {
      if (typeof lastIndex !== 'number') throw new Unencodable('a RegExp with an odd lastIndex')
      return [source, flags, lastIndex]
    },
    open([source, flags, lastIndex]) {
      if (typeof lastIndex !== 'number') throw new TypeError('lastIndex is not a number')
      return Object.assign(new RegExp(text(source), text(flags)), { lastIndex })
    },
  }),
  kind<URL>({
    tag: 'URL',
    prototype: URL.prototype,
    is: (value) => value instanceof URL,
    arity: 1,
    read: (url) => [url.href],
    open: ([href]) => new URL(text(href)),
  }),
  boxed('Number', Number.prototype, types.isNumberObject),
  boxed('String', String.prototype, types.isStringObject),
  boxed('Boolean', Boolean.prototype, types.isBooleanObject),
  boxed('BigInt', BigInt.prototype, types.isBigIntObject),
]

function boxed(tag: string, prototype: object, is: (value: object) => boolean): Kind {
  const type = tag.toLowerCase()
  return kind({
    tag,
    prototype,
    is,
    arity: 1,
    withoutFields: true,
    read: (box) => [prototype.valueOf.call(box)],
    open([primitive]) {
      if (typeof primitive !== type) throw new TypeError(`a ${type} is expected`)
      return Object(primitive)
    },
  })
}
