import type { z } from 'zod'
import { ConfigError } from './config-error.ts'
import { configIssues } from './config-issues.ts'
import { expectation } from './expectation.ts'
import { isPlainObject } from './mask.ts'

/**
 * Parses unknown input once, so that everything behind it can trust its config. The result is
 * frozen all through, save what the schema hands on unlooked (a live object such as a store).
 *
 * @example
 * ```ts
 * import { duration, parseConfig } from '@oncekit/core'
 * import { z } from 'zod'
 *
 * const Mailer = { name: 'mailer', schema: z.strictObject({ host: z.string(), timeout: duration() }) }
 * const config = parseConfig(Mailer, { host: 'localhost', timeout: '5s' })
 * ```
 *
 * @param options.code - The error's code. Default `CONFIG_INVALID`.
 * @throws {@link ConfigError} naming each bad field, its value and what is allowed.
 */
export function parseConfig<Config extends object>(
  component: { readonly name: string; readonly schema: z.ZodType<Config> },
  input: unknown,
  options: { readonly code?: string | undefined } = {},
): Readonly<Config> {
  const result = component.schema.safeParse(input, { error: expectation, reportInput: true })
  if (result.success) return frozen(result.data, input)
  const issues = configIssues(result.error.issues, component.schema)
  throw new ConfigError(`Invalid ${component.name} config`, issues, options)
}

function frozen<T>(value: T, input: unknown): T {
  // The same object came out that went in: it is the caller's, not ours to freeze.
  if (value === input || !(Array.isArray(value) || isPlainObject(value))) return value
  const source: unknown = input
  for (const [key, inner] of Object.entries(value)) frozen(inner, fieldOf(source, key))
  return Object.freeze(value)
}

function fieldOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  return isPlainObject(value) ? value[key] : undefined
}
