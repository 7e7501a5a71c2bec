/** Any stored value as plain JSON: what JSON has no form for becomes text, lists or `{"base64"}`. Not meant to be read back. */
export function plain(value: unknown, above: readonly object[] = []): unknown {
  switch (typeof value) {
    case 'bigint':
    case 'symbol':
    case 'function':
      return String(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : plainObject(value, above)
    default:
      return value
  }
}

function plainObject(value: object, above: readonly object[]): unknown {
  if (above.includes(value)) return '[circular]'
  const within = [...above, value]
  const inner = (item: unknown): unknown => plain(item, within)
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (ArrayBuffer.isView(value)) {
    return {
      base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'),
    }
  }
  if (value instanceof Map) return [...value].map(([key, item]) => [inner(key), inner(item)])
  if (value instanceof Set) return [...value].map(inner)
  if (Array.isArray(value)) return value.map(inner)
  if (value instanceof RegExp || value instanceof URL) return String(value)
  if (value instanceof Error) {
    return {
      name: value.name,
      message: value.message,
      ...entries(value, inner),
      ...cause(value, inner),
    }
  }
  return entries(value, inner)
}

function cause(error: Error, inner: (item: unknown) => unknown): Readonly<Record<string, unknown>> {
  return error.cause === undefined ? {} : { cause: inner(error.cause) }
}

function entries(
  value: object,
  inner: (item: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  // From entries, so that a stored "__proto__" is a member like any other.
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inner(item)]))
}
