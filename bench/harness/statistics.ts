/** Where a figure lies over the slices of a run. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** @throws RangeError for no values */
export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), least: quantile(values, 0), most: quantile(values, 1) }
}

/** The value in the middle; of an even number, the mean of the two there. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new RangeError('nothing was measured')
  return (upper + lower) / 2
}

/** The least value that a share `q` of the values does not exceed: 0.99 for p99. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]
  if (found === undefined) throw new RangeError('nothing was measured')
  return found
}
