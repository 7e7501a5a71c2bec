import type { Redis } from 'ioredis'
import type { OpenOptions } from '../link.ts'
import { onUnasked } from './unasked.ts'

/**
 * What makes an ioredis client live for one connection only, so that reconnecting, waiting and
 * sending again are this package's alone.
 */
export const oneLife = {
  lazyConnect: true,
  retryStrategy: () => null,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: null,
  // The handshake pings instead: INFO may be forbidden, and costs more.
  enableReadyCheck: false,
  // RESP2 has no maps, doubles and booleans, and one form for every null.
  protocol: 2,
  // The signal ends an attempt, whatever it hangs in.
  connectTimeout: 0,
  // disconnect() sets a timer of this length, which outlives a stream that was closed before.
  disconnectTimeout: 1,
} as const

/** Connects a client made with {@link oneLife}; rejects with the true cause of a failure. */
export async function openIoredis(client: Redis, { signal, lost }: OpenOptions): Promise<void> {
  let failure: Error | undefined
  client.on('error', (error: Error) => {
    failure = error
  })
  onUnasked(client, (error) => {
    failure ??= error
    destroyIoredis(client)
  })
  const abort = (): void => destroyIoredis(client)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    await client.connect()
    // A refused SELECT is only an event to ioredis, which would go on in database 0.
    if (failure !== undefined) throw failure
    client.once('end', () => lost(failure ?? new Error('closed by the server')))
  } catch (error) {
    destroyIoredis(client)
    signal.throwIfAborted()
    throw failure ?? error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

export function destroyIoredis(client: Redis): void {
  client.disconnect()
  // disconnect() alone says goodbye and waits for the other side, which may be frozen. There is no
  // stream before the first attempt, whatever the type says.
  const stream: { destroy(): void } | undefined = client.stream
  stream?.destroy()
}
