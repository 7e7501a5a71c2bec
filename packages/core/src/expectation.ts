import type { z } from 'zod'

/** Says what a schema allows where a value was refused: `expected a whole number`. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  const words = allowed(issue)
  return words === undefined ? anotherValue : `expected ${words}`
}

/** What is said where the schema does not tell more. */
export const anotherValue = 'expected another value'

/** Words as a choice: `"a", "b" or "c"`. */
export function choice(words: readonly string[]): string {
  const last = words.at(-1) ?? 'nothing'
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}

function allowed(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? `a value of type ${issue.expected}`
    case 'invalid_value':
      return choice(issue.values.map(literal))
    case 'too_small':
      return `${issue.exact ? 'exactly' : issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`
    case 'too_big':
      return `${issue.exact ? 'exactly' : issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_format':
      return format(issue)
    case 'invalid_key':
      return 'other names for its fields'
    case 'invalid_union':
      return Array.isArray(issue.options) ? choice(issue.options.map(literal)) : undefined
    default:
      return undefined
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  bigint: 'a bigint',
  null: 'null',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  tuple: 'a list',
  date: 'a date',
  nonoptional: 'a value',
  never: 'no value',
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' || origin === 'set' || origin === 'map' ? ' elements' : ''
}

function literal(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function format(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string {
  switch (issue.format) {
    case 'regex':
      return `text that matches ${issue.pattern}`
    case 'starts_with':
      return `text that starts with ${literal(issue.prefix)}`
    case 'ends_with':
      return `text that ends with ${literal(issue.suffix)}`
    case 'includes':
      return `text that includes ${literal(issue.includes)}`
    case 'url':
      return 'a URL'
    default:
      return `a valid ${issue.format}`
  }
}
