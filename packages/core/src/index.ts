export { assertEnvironment } from './contract.ts'
export type { Component, Environment, Health, Provider } from './contract.ts'
export { Owner } from './owner.ts'

export { isOncekitError, OncekitError } from './errors.ts'
export type { OncekitErrorOptions } from './errors.ts'
export { ConfigError } from './config-error.ts'
export type { ConfigErrorOptions, ConfigIssue } from './config-error.ts'

export { parseConfig } from './parse-config.ts'
export { fromEnv } from './from-env.ts'
export type { ConfigPatch } from './merge-config.ts'
export { mergeConfig } from './merge-config.ts'

export { duration, formatDuration, parseDuration } from './duration.ts'
export type { Duration, DurationLimits, DurationUnit, ParseDurationOptions } from './duration.ts'

export { silentLogger } from './ports.ts'
export type { ConfigSource, Logger } from './ports.ts'
export { systemClock } from './clock.ts'
export type { Clock, Timer } from './clock.ts'

export { backoff } from './backoff.ts'
export type { Backoff, BackoffOptions } from './backoff.ts'
export { retry } from './retry.ts'
export type { RetryOptions } from './retry.ts'
export { sleep } from './sleep.ts'
export type { SleepOptions } from './sleep.ts'
