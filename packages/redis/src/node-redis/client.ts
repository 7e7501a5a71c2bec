import type { OpenOptions } from '../link.ts'

/**
 * The part of a node-redis client that this package uses: its own type has five parameters, and
 * clients that differ in any of them would not fit.
 */
export interface NodeRedisClient {
  readonly isReady: boolean
  readonly isOpen: boolean
  connect(): Promise<unknown>
  destroy(): void
  sendCommand(args: (string | Buffer)[], options?: object): Promise<unknown>
  subscribe(
    channel: string,
    listener: (payload: Buffer, channel: Buffer) => void,
    bufferMode: true,
  ): Promise<void>
  unsubscribe(
    channel: string,
    listener: (payload: Buffer, channel: Buffer) => void,
    bufferMode: true,
  ): Promise<void>
  on(event: string, listener: (error: Error) => void): unknown
  off(event: string, listener: (error: Error) => void): unknown
}

/**
 * What makes a node-redis client live for one connection only, so that reconnecting, waiting and
 * sending again are this package's alone.
 */
export const oneLife = { disableOfflineQueue: true, RESP: 2 } as const

/** Connects a client made with {@link oneLife}; rejects with the true cause of a failure. */
export async function openNodeRedis(
  client: NodeRedisClient,
  { signal, lost }: OpenOptions,
): Promise<void> {
  let open = false
  client.on('error', (error) => {
    if (!open) return
    open = false
    lost(error)
  })
  const abort = (): void => client.destroy()
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    await rejectingOn(signal, client.connect())
    open = true
  } catch (error) {
    client.destroy()
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** node-redis leaves a connect() pending whose socket is destroyed before it is connected. */
function rejectingOn(signal: AbortSignal, connecting: Promise<unknown>): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([connecting, promise]).finally(() => {
    signal.removeEventListener('abort', abort)
    connecting.catch(() => {})
  })
}
