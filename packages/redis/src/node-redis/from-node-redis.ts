import { type InjectedOptions, injectedPort, whenReady } from '../injected.ts'
import type { Connector } from '../link.ts'
import type { RedisPort } from '../port.ts'
import { redisAddress } from '../url.ts'
import type { NodeRedisClient } from './client.ts'
import { openNodeRedisSubscriber } from './subscriber.ts'

/** A node-redis client, as `createClient` makes it, of any modules and protocol. */
export interface InjectedNodeRedisClient extends NodeRedisClient {
  readonly options?: NodeRedisOptions | undefined
  duplicate(overrides?: object): unknown
}

interface NodeRedisOptions {
  readonly database?: number | undefined
  readonly socket?: object | undefined
}

/**
 * A {@link RedisPort} around a node-redis client of yours. The client is never closed, and reconnects
 * by its own options (connect it yourself, or leave that to the port); channels get a connection of
 * the port's own (`client.duplicate()`). A frozen connection stays until the client ends it: give it
 * a `socketTimeout`.
 *
 * @example
 * ```ts
 * const client = createClient({ url })
 * client.on('error', log)
 * const redis = fromNodeRedis(client)
 * ```
 */
export function fromNodeRedis(
  client: InjectedNodeRedisClient,
  options: InjectedOptions = {},
): RedisPort {
  const connector: Connector = {
    address: options.address ?? addressOf(client.options),
    owned: false,
    async open({ signal, lost }) {
      if (!client.isOpen) client.connect().catch(() => {})
      await whenReady(
        () => client.isReady,
        (ready) => {
          client.on('ready', ready)
          return () => client.off('ready', ready)
        },
        signal,
      )
      // Not loaded before it is used: the library is a large one.
      const { NodeRedisLink } = await import('./link.ts')
      const stop = watchEnd(client, lost)
      return new NodeRedisLink(client, stop)
    },
    openSubscriber: (to) => openNodeRedisSubscriber(oneLifeOf(client), to),
  }
  return injectedPort(connector, options)
}

function watchEnd(client: NodeRedisClient, lost: (cause: Error) => void): () => void {
  const onEnd = (): void => lost(new Error('closed by its owner'))
  client.on('error', lost)
  client.on('end', onEnd)
  return () => {
    client.off('error', lost)
    client.off('end', onEnd)
  }
}

function oneLifeOf(client: InjectedNodeRedisClient): NodeRedisClient {
  const socket = { ...client.options?.socket, connectTimeout: 0, reconnectStrategy: false }
  return client.duplicate({ disableOfflineQueue: true, socket }) as NodeRedisClient // a client like this one
}

function addressOf(options: NodeRedisOptions | undefined): string {
  const socket: { host?: string; port?: number; tls?: boolean } = options?.socket ?? {}
  const { host = 'localhost', port = 6379, tls = false } = socket
  return redisAddress({ host, port, db: options?.database ?? 0, tls })
}
