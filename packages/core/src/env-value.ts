import type { Shape } from './shape.ts'

type Result =
  | { readonly value: unknown; readonly expected?: undefined }
  | { readonly value?: undefined; readonly expected: string }

/** The value that an environment variable's text means for a field, or what was expected there. */
export function valueFromText(text: string, shape: Shape): Result {
  const { types } = shape
  if (shape.words.has(text)) return { value: text }
  if (types.has('boolean') && (text === 'true' || text === 'false'))
    return { value: text === 'true' }
  if (types.has('number') && isNumber(text, types.has('string'))) return { value: Number(text) }
  if (types.has('null') && text === 'null') return { value: null }
  if (
    (types.has('array') && text.startsWith('[')) ||
    (types.has('object') && text.startsWith('{'))
  ) {
    const value = json(text)
    if (value !== undefined) return { value }
  }
  // The schema itself judges strings, and the values that only it understands.
  if (types.has('string') || shape.any) return { value: text }
  return { expected: `expected ${wanted(shape)}` }
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function isNumber(text: string, mayBeString: boolean): boolean {
  // Where a string would do as well, only text that survives the round trip: "007" stays itself.
  return decimal.test(text) && (!mayBeString || String(Number(text)) === text)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function wanted({ types, words }: Shape): string {
  const kinds = [...types].flatMap((type) => kindNames[type] ?? [])
  return [...[...words].map((word) => `"${word}"`), ...kinds].join(' or ')
}

const kindNames: Readonly<Record<string, string>> = {
  number: 'a number',
  boolean: 'true or false',
  array: 'a list in JSON',
  object: 'an object in JSON',
}
