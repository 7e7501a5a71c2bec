import type { z } from 'zod'
import type { ConfigIssue } from './config-error.ts'
import { anotherValue, choice } from './expectation.ts'
import { isPlainObject, masked } from './mask.ts'
import { nearest } from './nearest.ts'
import { shapeAt, shapeOf } from './shape.ts'

type Issue = z.core.$ZodIssue

/** Turns what zod found into one {@link ConfigIssue} for each field. */
export function configIssues(issues: readonly Issue[], schema: z.ZodType): ConfigIssue[] {
  return issues.flatMap((issue) => translated(issue, [], schema))
}

function translated(issue: Issue, above: readonly PropertyKey[], schema: z.ZodType): ConfigIssue[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys') return unknownFields(issue, path, schema)
  if (issue.code === 'invalid_union') return noAlternative(issue, path, schema)
  return [{ path: pathText(path), value: issue.input, message: issue.message }]
}

function unknownFields(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  path: readonly PropertyKey[],
  schema: z.ZodType,
): ConfigIssue[] {
  const known = [...(shapeAt(shapeOf(schema), path)?.fields.keys() ?? [])]
  return issue.keys.map((key) => {
    const guess = nearest(key, known)
    return {
      path: pathText([...path, key]),
      // Judged by the name that was meant: a misspelt secret is as secret.
      value: masked(issue.input?.[key], pathText([...path, guess ?? key])),
      message: `unknown field${guess === undefined ? '' : `, did you mean "${guess}"?`}; known fields: ${known.join(', ') || 'none'}`,
    }
  })
}

function noAlternative(
  issue: z.core.$ZodIssueInvalidUnion,
  path: readonly PropertyKey[],
  schema: z.ZodType,
): ConfigIssue[] {
  const [value, message] = [issue.input, issue.message]
  if (issue.errors.length === 0) return [{ path: pathText(path), value: tagOf(issue), message }]
  if (message !== anotherValue) return [{ path: pathText(path), value, message }]
  // An alternative refused only for something inside it is the one that was meant.
  const meant = issue.errors.filter((issues) => issues.every(isInside))
  const [only] = meant
  if (only !== undefined && meant.length === 1) {
    return only.flatMap((inner) => translated(inner, path, schema))
  }
  const words = new Set(issue.errors.map(wanted))
  return [{ path: pathText(path), value, message: `expected ${choice([...words])}` }]
}

/** Of objects told apart by a field, the issue is at that field; its value is inside the input. */
function tagOf({ discriminator, input }: z.core.$ZodIssueInvalidUnion): unknown {
  return discriminator !== undefined && isPlainObject(input) ? input[discriminator] : input
}

function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys'
}

function wanted(issues: readonly Issue[]): string {
  if (issues.every(isInside)) return 'an object'
  const message = issues.find((issue) => !isInside(issue))?.message ?? anotherValue
  return message.replace(/^expected /, '')
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? String(step) : `${text}.${String(step)}`
  }, '')
}
