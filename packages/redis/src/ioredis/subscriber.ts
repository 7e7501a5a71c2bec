import type { Redis } from 'ioredis'
import type { SubscriberLink, SubscriberOptions } from '../link.ts'
import { destroyIoredis, openIoredis } from './client.ts'

/** A connected client of one life, given to channels. */
export async function openIoredisSubscriber(
  client: Redis,
  { message, ...to }: SubscriberOptions,
): Promise<SubscriberLink> {
  client.on('messageBuffer', (channel: Buffer, payload: Buffer) => {
    message(channel.toString(), payload)
  })
  await openIoredis(client, to)
  return {
    async subscribe(channel) {
      await client.subscribe(channel)
    },
    async unsubscribe(channel) {
      await client.unsubscribe(channel)
    },
    async ping() {
      await client.ping()
    },
    destroy: () => destroyIoredis(client),
  }
}
