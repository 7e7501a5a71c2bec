import { parseDuration } from '@oncekit/core'
import type { DurationLimits } from '@oncekit/core'

import { UsageError } from '../usage-error.ts'
import type { Arguments } from './parse.ts'

/**
 * The milliseconds of an option such as `--lease 30s`; `undefined` when it was not given.
 *
 * @throws {@link UsageError} for anything that is no time within the limits
 */
export function durationOption(
  args: Arguments,
  name: string,
  limits: DurationLimits = {},
): number | undefined {
  const text = args.value(name)
  if (text === undefined) return undefined
  // A bare 0 means the same in every unit; any other bare number is a guess.
  return parseDuration(text === '0' ? 0 : text, `--${name}`, {
    ...limits,
    error: ({ message }) =>
      new UsageError(
        `--${name}: got "${text}"; ${message.replace('whole milliseconds or text', 'a time')}`,
      ),
  })
}
