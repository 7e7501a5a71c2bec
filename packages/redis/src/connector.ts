import type { TlsOptions } from './config.ts'
import type { Connector } from './link.ts'
import { parseRedisUrl } from './url.ts'

/**
 * From a URL to what opens its connections: where other modes than one server will come in.
 * Only the library that is used is loaded.
 */
export async function connectorFor(
  url: string,
  client: 'ioredis' | 'redis',
  tls: TlsOptions,
): Promise<Connector> {
  const target = parseRedisUrl(url)
  if (client === 'redis') {
    const { nodeRedisConnector } = await import('./node-redis/connector.ts')
    return nodeRedisConnector(target, tls)
  }
  const { ioredisConnector } = await import('./ioredis/connector.ts')
  return ioredisConnector(target, tls)
}
