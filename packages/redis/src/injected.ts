import { type Logger, silentLogger } from '@oncekit/core'
import { ClientRedisPort } from './client-port.ts'
import type { Connector } from './link.ts'
import type { RedisPort } from './port.ts'
import { type RedisLimits, settingsOf } from './settings.ts'

/** Settings of a port around a client of yours. */
export interface InjectedOptions extends RedisLimits {
  /** What errors call the server. @defaultValue read from the client's own options */
  readonly address?: string
  readonly logger?: Logger
}

/** The port over an injected client, which it never closes. */
export function injectedPort(connector: Connector, options: InjectedOptions): RedisPort {
  return new ClientRedisPort(connector, settingsOf(options), options.logger ?? silentLogger).start()
}

/**
 * Resolves when an injected client is ready, by its own pace.
 * @param watch - tells of the moment, and gives back how to stop watching
 */
export async function whenReady(
  isReady: () => boolean,
  watch: (ready: () => void) => () => void,
  signal: AbortSignal,
): Promise<void> {
  if (isReady()) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const unwatch = watch(resolve)
  try {
    signal.throwIfAborted()
    await promise
  } finally {
    unwatch()
    signal.removeEventListener('abort', abort)
  }
}
