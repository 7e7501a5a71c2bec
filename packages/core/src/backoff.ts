import { ConfigError } from './config-error.ts'
import type { ConfigIssue } from './config-error.ts'

export interface BackoffOptions {
  /** The longest delay after the first attempt, in ms. */
  readonly initialMs: number
  /** By how much the delay grows with each attempt, 1 or more. */
  readonly factor: number
  /** No delay is longer, in ms. */
  readonly maxMs: number
  /**
   * `full` draws from 0 to the delay, which spreads a crowd best; `equal` from half of it; `none`
   * keeps it.
   */
  readonly jitter: 'full' | 'equal' | 'none'
}

/** The delay in ms after the attempt of this number; the first attempt is 1. */
export type Backoff = (attempt: number) => number

/**
 * Delays that grow by a factor up to a maximum, with jitter. Pure but for `random`.
 *
 * @param random - Gives numbers from 0 to 1, like the default `Math.random`.
 * @throws {@link ConfigError} for a negative or infinite time, a factor below 1, another jitter.
 */
export function backoff(options: BackoffOptions, random: () => number = Math.random): Backoff {
  const { initialMs, factor, maxMs, jitter } = checked(options)
  return (attempt) => {
    const grown = initialMs * factor ** Math.max(0, attempt - 1)
    // 0 * Infinity, far out, is NaN: no delay stays none.
    const delayMs = initialMs === 0 ? 0 : Math.min(maxMs, grown)
    switch (jitter) {
      case 'full':
        return random() * delayMs
      case 'equal':
        return delayMs * (0.5 + random() / 2)
      case 'none':
        return delayMs
    }
  }
}

function checked(options: BackoffOptions): BackoffOptions {
  const { initialMs, factor, maxMs, jitter } = options
  const issues = [
    ...refused('initialMs', initialMs, isTime(initialMs), 'expected milliseconds, 0 or more'),
    ...refused('maxMs', maxMs, isTime(maxMs), 'expected milliseconds, 0 or more'),
    ...refused('factor', factor, factor >= 1 && factor < Infinity, 'expected a number from 1'),
    ...refused('jitter', jitter, jitters.has(jitter), 'expected "full", "equal" or "none"'),
  ]
  if (issues.length > 0) throw new ConfigError('Invalid backoff', issues)
  return options
}

const jitters: ReadonlySet<unknown> = new Set(['full', 'equal', 'none'])

function isTime(value: number): boolean {
  return value >= 0 && value < Infinity
}

function refused(path: string, value: unknown, isGood: boolean, message: string): ConfigIssue[] {
  return isGood ? [] : [{ path, value, message }]
}
