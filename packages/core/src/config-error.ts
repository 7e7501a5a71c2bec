import { OncekitError } from './errors.ts'
import { masked, withoutCredentials } from './mask.ts'

/** One thing that is wrong in a config. */
export interface ConfigIssue {
  /** Where: `retry.limit`, `hosts[0]`; empty for the value as a whole. */
  readonly path: string
  /** What was given. An error keeps it with secrets masked. */
  readonly value: unknown
  /** What is allowed there, such as `expected a whole number`. */
  readonly message: string
}

export interface ConfigErrorOptions {
  /** Default `CONFIG_INVALID`. A component gives its own, such as `ONCE_INVALID_CONFIG`. */
  readonly code?: string | undefined
  readonly cause?: unknown
}

/**
 * Configuration that cannot be used. Its message has a line for each issue: the path, the value
 * given and what is allowed. Values at paths that look like a password, secret, token or key, and
 * credentials in URLs, are masked in the message and in {@link issues}.
 */
export class ConfigError extends OncekitError {
  readonly issues: readonly ConfigIssue[]

  /** @param title - What is wrong on the whole, such as `Invalid once config`. */
  constructor(title: string, issues: readonly ConfigIssue[], options: ConfigErrorOptions = {}) {
    const shown = issues.map(showable)
    super(options.code ?? 'CONFIG_INVALID', summary(title, shown), causeOf(options))
    this.issues = shown
  }
}

function summary(title: string, issues: readonly ConfigIssue[]): string {
  const lines = issues.map(line)
  return lines.length === 1 ? `${title}: ${lines[0]}` : [`${title}:`, ...lines].join('\n  ')
}

function line({ path, value, message }: ConfigIssue): string {
  return `${path === '' ? '' : `${path}: `}got ${described(value)}; ${message}`
}

function described(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || typeof value === 'symbol') return String(value)
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' || typeof item === 'symbol' ? String(item) : item,
  )
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

function showable({ path, value, message }: ConfigIssue): ConfigIssue {
  return { path, value: masked(value, path), message: withoutCredentials(message) }
}

function causeOf(options: ConfigErrorOptions): { cause?: unknown } {
  return 'cause' in options ? { cause: options.cause } : {}
}
