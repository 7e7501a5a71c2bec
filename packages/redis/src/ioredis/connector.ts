import type { TlsOptions } from '../config.ts'
import type { Connector } from '../link.ts'
import type { RedisTarget } from '../url.ts'
import { openIoredis } from './client.ts'
import { IoredisLink } from './link.ts'
import { newIoredis } from './new-client.ts'
import { openIoredisSubscriber } from './subscriber.ts'

export function ioredisConnector(target: RedisTarget, tls: TlsOptions): Connector {
  return {
    address: target.address,
    owned: true,
    async open(to) {
      const client = newIoredis(target, tls)
      await openIoredis(client, to)
      return new IoredisLink(client)
    },
    openSubscriber: (to) => openIoredisSubscriber(newIoredis(target, tls), to),
  }
}
