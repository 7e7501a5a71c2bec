import type { Step } from '../place.ts'
import { define, type Kind, kind, text } from './kind.ts'

/**
 * Errors keep name, message, code, cause and what the built-in subclasses add, and their own
 * enumerable fields. The stack stays behind: it names files of another process and may hold secrets.
 */
export const errorKinds: readonly Kind[] = [
  ...[
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    EvalError,
    URIError,
    AggregateError,
    SuppressedError,
  ].map(errorKind),
  kind<DOMException>({
    tag: 'DOMException',
    prototype: DOMException.prototype,
    is: isError,
    read: (error) => [error.message, error.name, ...hiddenOf(error, error)],
    open: ([message, name]) => withoutStack(() => new DOMException(text(message), text(name))),
    fill: (error, slots) => defineHidden(error, slots.slice(2)),
    step,
    keepsWhatItCan: true,
  }),
]

function errorKind(Class: Function & { readonly prototype: Error }): Kind {
  const { name } = Class
  const prototype: Error = Class.prototype
  const args = name === 'AggregateError' ? [[]] : []
  return kind<Error>({
    tag: name,
    prototype,
    is: isError,
    read: (error) => hiddenOf(error, prototype),
    open: () => withoutStack(() => Reflect.construct(Class, args)),
    fill(error, slots) {
      // AggregateError and SuppressedError come with properties that this one may have lost.
      for (const property of CARRIED) Reflect.deleteProperty(error, property)
      defineHidden(error, slots)
    },
    step,
    keepsWhatItCan: true,
  })
}

/** Old error classes inherit from Error without being native errors; they count too. */
function isError(value: object): boolean {
  return Error.isError(value) || value instanceof Error
}

const CARRIED = ['name', 'message', 'code', 'cause', 'errors', 'error', 'suppressed'] as const

/** Name and value of what an error shows beyond its enumerable fields and its built-in prototype. */
function hiddenOf(error: Error, builtin: Error): unknown[] {
  const slots: unknown[] = []
  for (const name of CARRIED) {
    const own = Object.getOwnPropertyDescriptor(error, name)
    if (own?.enumerable) continue
    const value: unknown = Reflect.get(error, name)
    if (own || value !== Reflect.get(builtin, name)) slots.push(name, value)
  }
  return slots
}

function defineHidden(error: Error, slots: readonly unknown[]): void {
  if (slots.length % 2 !== 0) throw new RangeError('a property has no value')
  for (let at = 0; at < slots.length; at += 2) define(error, text(slots[at]), slots[at + 1], false)
}

/** A stack captured while decoding would name the wrong place. */
function withoutStack<T>(create: () => T): T {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return create()
  } finally {
    Error.stackTraceLimit = limit
  }
}

function step(slots: readonly unknown[], at: number): Step {
  return String(slots[at - 1])
}
