/** More than 3,000 years: below it a number of ms is exact wherever Lua prints it. */
const MOST_MS = 99_999_999_999_999

/** A time to live as Redis takes it: whole ms, at least 1, for 0 would delete. */
export function expiryMs(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 1), MOST_MS)
}

export function leaseMs(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MOST_MS)
}
