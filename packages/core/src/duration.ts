import { z } from 'zod'
import { ConfigError } from './config-error.ts'
import type { ConfigIssue } from './config-error.ts'

export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd'

/**
 * A span of time: milliseconds as a number, or a decimal number with its unit, such as `'250ms'`,
 * `'1.5s'`, `'30m'`, `'24h'`, `'7d'` (a day is 24 hours). It must come to whole milliseconds.
 */
export type Duration = number | `${number}${DurationUnit}`

/** Bounds of a {@link Duration}, both allowed themselves. */
export interface DurationLimits {
  /** Default 0. */
  readonly minMs?: number | undefined
  /** Default `Number.MAX_SAFE_INTEGER`. */
  readonly maxMs?: number | undefined
}

export interface ParseDurationOptions extends DurationLimits {
  /** Makes the error to throw; default a {@link ConfigError}. */
  readonly error?: ((issue: ConfigIssue) => Error) | undefined
}

/**
 * The milliseconds of a {@link Duration}, a whole number from 0 to `Number.MAX_SAFE_INTEGER`.
 *
 * @param field - The name the error uses.
 * @throws {@link ConfigError} for anything else: text without a unit, a fraction of a millisecond,
 * a negative or infinite number, a value out of bounds.
 *
 * @example
 * ```ts
 * import { parseDuration } from '@oncekit/core'
 *
 * const leaseMs = parseDuration('30s', 'lease', { minMs: 100 }) // 30000
 * ```
 */
export function parseDuration(
  value: unknown,
  field: string,
  options: ParseDurationOptions = {},
): number {
  const ms = milliseconds(value)
  if (ms !== undefined && isWithin(ms, options)) return ms
  const issue = { path: field, value, message: allowed(options) }
  throw options.error?.(issue) ?? new ConfigError('Invalid duration', [issue])
}

/**
 * A zod schema for a {@link Duration} field. The value stays as it was given, so a config remains
 * data; the component converts it once with {@link parseDuration}.
 */
export function duration(limits: DurationLimits = {}): z.ZodType<Duration, Duration> {
  const isAllowed = (value: unknown): boolean => {
    const ms = milliseconds(value)
    return ms !== undefined && isWithin(ms, limits)
  }
  const error = allowed(limits)
  const number = z.number().meta({ minimum: limits.minMs ?? 0, maximum: limits.maxMs ?? longestMs })
  const text = z.string().meta({ pattern: pattern.source })
  const schema = z
    .union([number, text], { error })
    .refine(isAllowed, { error })
    .meta({ description: error.replace('expected ', '') })
  // The refinement lets only durations through, which the schema's type cannot tell.
  return schema as z.ZodType<Duration, Duration>
}

/**
 * Writes milliseconds with the largest unit that leaves a whole number: 90000 is `'90s'`. For whole
 * non-negative milliseconds {@link parseDuration} gives the number back.
 */
export function formatDuration(ms: number): `${number}${DurationUnit}` {
  if (!Number.isSafeInteger(ms) || ms === 0) return `${ms}ms`
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms % unitMs[unit] === 0) return `${ms / unitMs[unit]}${unit}`
  }
  return `${ms}ms`
}

const longestMs = Number.MAX_SAFE_INTEGER
const unitMs: Readonly<Record<DurationUnit, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
// 20 digits on either side are more than any duration in range needs, and keep a hostile text cheap.
const pattern = /^(\d{1,20})(?:\.(\d{1,20}))?(ms|s|m|h|d)$/

function milliseconds(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? textMilliseconds(value) : value
  return typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0 ? Math.abs(ms) : undefined
}

function textMilliseconds(text: string): number | undefined {
  const [, whole = '', fraction = '', unit] = pattern.exec(text) ?? []
  if (!isUnit(unit)) return undefined
  // Exact, where 1.001 * 1000 in floating point is 1000.9999999999999.
  const scaled = BigInt(whole + fraction) * BigInt(unitMs[unit])
  const scale = 10n ** BigInt(fraction.length)
  return scaled % scale === 0n ? Number(scaled / scale) : undefined
}

function isUnit(unit: string | undefined): unit is DurationUnit {
  return unit !== undefined && unit in unitMs
}

function isWithin(ms: number, { minMs = 0, maxMs = longestMs }: DurationLimits): boolean {
  return ms >= minMs && ms <= maxMs
}

function allowed({ minMs, maxMs }: DurationLimits): string {
  const form = 'expected whole milliseconds or text such as "250ms", "1.5s", "30m", "24h", "7d"'
  if (minMs !== undefined && maxMs !== undefined) {
    return `${form}, from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`
  }
  if (minMs !== undefined) return `${form}, at least ${formatDuration(minMs)}`
  return maxMs === undefined ? form : `${form}, at most ${formatDuration(maxMs)}`
}
