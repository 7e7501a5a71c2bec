/** A span of time for people: `850ms`, `42s`, `3m 20s`, `5h 2m`, `3d 4h`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return two(seconds, 60, 'm', 1, 's')
  if (seconds < 86_400) return two(seconds, 3600, 'h', 60, 'm')
  return two(seconds, 86_400, 'd', 3600, 'h')
}

/** An instant and how long ago it was. */
export function since(date: Date, nowMs: number): string {
  return `${date.toISOString()} (${span(nowMs - date.getTime())} ago)`
}

function two(
  seconds: number,
  large: number,
  largeUnit: string,
  small: number,
  smallUnit: string,
): string {
  const rest = Math.floor((seconds % large) / small)
  const first = `${Math.floor(seconds / large)}${largeUnit}`
  return rest === 0 ? first : `${first} ${rest}${smallUnit}`
}
