import { ConfigError, isOncekitError } from '@oncekit/core'

import type { RedisPort } from '@oncekit/redis'

import type { OnceConfig } from '../config.ts'
import { OnceError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { OnceStore } from '../store.ts'
import type { OnceDeps } from '../types.ts'
import { MemoryOnceStore } from './memory.ts'

/** Opens what a config's `store` names. Clients are loaded when they are needed. */
export async function openStore(
  config: OnceConfig,
  settings: Settings,
  deps: OnceDeps,
): Promise<OnceStore> {
  const { store: url } = config
  const scheme = /^([a-z][a-z0-9+]*):/.exec(url)?.[1]
  switch (scheme) {
    case 'memory':
      return new MemoryOnceStore({
        maxEntries: config.maxEntries,
        cleanupIntervalMs: settings.cleanupIntervalMs,
        ...(deps.clock === undefined ? {} : { clock: deps.clock }),
      })
    case 'sqlite': {
      const { SqliteOnceStore } = await import('./sqlite.ts')
      return SqliteOnceStore.open({
        path: url.slice('sqlite:'.length),
        storeTimeoutMs: settings.storeTimeoutMs,
      })
    }
    case 'redis':
    case 'rediss':
      return openRedis(url, settings, deps)
    default:
      throw refuse(url)
  }
}

async function openRedis(url: string, settings: Settings, deps: OnceDeps): Promise<OnceStore> {
  const { RedisOnceStore } = await import('./redis.ts')
  if (deps.redis !== undefined) return new RedisOnceStore(deps.redis, { ownsPort: false })
  const { Redis } = await import('@oncekit/redis')
  try {
    const port = await Redis.create(
      { ...Redis.defaultConfig('production'), url, commandTimeout: settings.storeTimeoutMs },
      deps.logger === undefined ? {} : { logger: deps.logger },
    )
    await warnOfEviction(port, deps)
    return new RedisOnceStore(port, { ownsPort: true })
  } catch (cause) {
    if (!isOncekitError(cause) || !cause.retryable) throw cause
    throw new OnceError('ONCE_STORE_UNAVAILABLE', cause.message, { cause })
  }
}

/** A server that drops records when its memory is full forgets what was done. */
async function warnOfEviction(port: RedisPort, { logger }: OnceDeps): Promise<void> {
  const { status, details } = await port.health()
  if (status !== 'healthy') {
    logger?.warn(
      { address: port.address, ...details },
      'the store may forget what was done, see the message',
    )
  }
}

const LATER = /^(postgres|postgresql|redis\+cluster|redis\+sentinel):/

function refuse(url: string): ConfigError {
  const known = 'memory:, sqlite:PATH, redis://HOST:PORT/DB or rediss://HOST:PORT/DB'
  const message = LATER.test(url)
    ? `${known}; Postgres, Cluster and Sentinel come in a later release`
    : known
  return new ConfigError(
    'Invalid once config',
    [{ path: 'store', value: url, message: `expected ${message}` }],
    {
      code: 'ONCE_INVALID_CONFIG',
    },
  )
}
