import type { SubscriberLink, SubscriberOptions } from '../link.ts'
import { type NodeRedisClient, openNodeRedis } from './client.ts'

/** A connected client of one life, given to channels. */
export async function openNodeRedisSubscriber(
  client: NodeRedisClient,
  { message, ...to }: SubscriberOptions,
): Promise<SubscriberLink> {
  await openNodeRedis(client, to)
  // One function for all channels: unsubscribe() finds its listener by identity.
  const deliver = (payload: Buffer, channel: Buffer): void => message(channel.toString(), payload)
  return {
    subscribe: (channel) => client.subscribe(channel, deliver, true),
    unsubscribe: (channel) => client.unsubscribe(channel, deliver, true),
    async ping() {
      await client.sendCommand(['PING'])
    },
    destroy: () => client.destroy(),
  }
}
