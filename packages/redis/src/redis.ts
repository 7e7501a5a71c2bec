import { type Component, type Logger, parseConfig, silentLogger } from '@oncekit/core'
import { ClientRedisPort } from './client-port.ts'
import { defaultConfig, type RedisConfig, schema } from './config.ts'
import { connectorFor } from './connector.ts'
import type { RedisPort } from './port.ts'
import { settingsOf } from './settings.ts'

/** Live objects a port uses; all optional. */
export interface RedisDeps {
  /** Told when the connection is lost and found again. @defaultValue silence */
  readonly logger?: Logger
}

/**
 * A Redis URL made into a {@link RedisPort}. `create` connects, and rejects with the address, the
 * cause and the next step when it cannot.
 *
 * @example
 * ```ts
 * await using redis = await Redis.create({ url: 'redis://127.0.0.1:6379' })
 * await redis.command(['SET', 'greeting', 'hello'])
 * ```
 */
export const Redis: Component<RedisConfig, RedisDeps, RedisPort> = {
  name: 'redis',
  schema,
  defaultConfig,
  async create(input, deps = {}) {
    const config = parseConfig(Redis, input, { code: 'REDIS_INVALID_CONFIG' })
    const connector = await connectorFor(config.url, config.client ?? 'ioredis', config.tls ?? {})
    const port = new ClientRedisPort(connector, settingsOf(config), deps.logger ?? silentLogger)
    await port.connect()
    return port
  },
}
