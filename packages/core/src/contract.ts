import type { z } from 'zod'
import { ConfigError } from './config-error.ts'

/** Where a service runs; each component has defaults for each of the three. */
export type Environment = 'development' | 'production' | 'test'

/** What a provider says about itself. `details` never holds a secret. */
export interface Health {
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  readonly details: Readonly<Record<string, unknown>>
}

/** A running component. What it opened it closes, newest first; what was injected it leaves alone. */
export interface Provider extends AsyncDisposable {
  /** Resolves when everything is closed. A second call waits for the same closing. */
  close(): Promise<void>
  health(): Promise<Health>
}

/**
 * The contract of every Oncekit component: a constant that shares its name with the provider's
 * interface (`Once.create(…)` gives a `Once`).
 *
 * `Config` is data: from code, environment variables, a file or a {@link ConfigSource}.
 * `Deps` are live objects, all optional: a logger, a clock, a connection of yours.
 */
export interface Component<Config extends object, Deps extends object, P extends Provider> {
  /** Kebab-case; `redis-retry` reads `ONCEKIT_REDIS_RETRY_…` from the environment. */
  readonly name: string
  readonly schema: z.ZodType<Config>
  /** @throws {@link ConfigError} for another word than the three environments. */
  defaultConfig(env: Environment): Config
  /**
   * Opens a provider. When it rejects, whatever it had opened is closed again.
   *
   * @throws {@link ConfigError} naming each bad field, its value and what is allowed.
   */
  create(config: Config, deps?: Deps): Promise<P>
}

const environments: readonly Environment[] = ['development', 'production', 'test']

/**
 * Gives `value` back as an {@link Environment}.
 *
 * @throws {@link ConfigError} when it is another word.
 */
export function assertEnvironment(value: unknown): Environment {
  const environment = environments.find((known) => known === value)
  if (environment !== undefined) return environment
  const message = 'expected "development", "production" or "test"'
  throw new ConfigError('Unknown environment', [{ path: '', value, message }])
}
