import type { TlsOptions } from '../config.ts'
import type { Connector } from '../link.ts'
import type { RedisTarget } from '../url.ts'
import { openNodeRedis } from './client.ts'
import { NodeRedisLink } from './link.ts'
import { newNodeRedis } from './new-client.ts'
import { openNodeRedisSubscriber } from './subscriber.ts'

export function nodeRedisConnector(target: RedisTarget, tls: TlsOptions): Connector {
  return {
    address: target.address,
    owned: true,
    async open(to) {
      const client = newNodeRedis(target, tls)
      await openNodeRedis(client, to)
      return new NodeRedisLink(client, () => client.destroy())
    },
    openSubscriber: (to) => openNodeRedisSubscriber(newNodeRedis(target, tls), to),
  }
}
