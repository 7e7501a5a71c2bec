/** An array with neither holes nor named fields: its elements are all there is to say. */
export function isDense(value: object): value is readonly unknown[] {
  if (!Array.isArray(value)) return false
  const names = Object.keys(value)
  const { length } = value
  // Indices come first and ascending: as many names as elements, the last one the last index,
  // leaves room for nothing else.
  return names.length === length && (length === 0 || names[length - 1] === String(length - 1))
}
