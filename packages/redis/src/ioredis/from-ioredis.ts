import type { Redis } from 'ioredis'
import { asError } from '../as-error.ts'
import { type InjectedOptions, injectedPort, whenReady } from '../injected.ts'
import type { Connector, Link, RawReply } from '../link.ts'
import type { RedisPort } from '../port.ts'
import { redisAddress } from '../url.ts'
import { oneLife } from './client.ts'
import { openIoredisSubscriber } from './subscriber.ts'

/**
 * A {@link RedisPort} around an ioredis client of yours. The client is never closed, and reconnects
 * by its own options; channels get a connection of the port's own (`client.duplicate()`).
 *
 * Two promises are the client's to keep: give it `autoResendUnfulfilledCommands: false`, or it sends
 * commands again whose answer was lost; and a frozen connection stays until the client ends it.
 *
 * @example
 * ```ts
 * const redis = fromIoredis(new Redis({ autoResendUnfulfilledCommands: false }))
 * ```
 */
export function fromIoredis(client: Redis, options: InjectedOptions = {}): RedisPort {
  const { host = 'localhost', port = 6379, db = 0, tls } = client.options
  const connector: Connector = {
    address: options.address ?? redisAddress({ host, port, db, tls: tls !== undefined }),
    owned: false,
    async open({ signal, lost }) {
      // A lazy client starts at first use; its failure comes back as an event, and again later.
      if (client.status === 'wait') client.connect().catch(() => {})
      await whenReady(
        () => client.status === 'ready',
        (ready) => {
          client.once('ready', ready)
          return () => client.off('ready', ready)
        },
        signal,
      )
      return injectedLink(client, lost)
    },
    openSubscriber: (to) => openIoredisSubscriber(client.duplicate(oneLife), to),
  }
  return injectedPort(connector, options)
}

function injectedLink(client: Redis, lost: (cause: Error) => void): Link {
  const onClose = (): void => lost(new Error('closed by the server'))
  client.once('close', onClose)
  return {
    send(outgoing) {
      const [name = '', ...args] = outgoing.args
      // Upper case, so that no reply transformer (HGETALL into an object) applies.
      client.callBuffer(String(name).toUpperCase(), ...args).then(
        (reply) => outgoing.replied(reply as RawReply), // its type is unknown
        (error: unknown) => outgoing.failed(asError(error)),
      )
    },
    destroy: () => void client.off('close', onClose),
  }
}
