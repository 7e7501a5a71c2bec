import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A network fault, from now on, for present and new connections. */
export type TcpFault =
  | 'none'
  /** Connections are accepted and what comes is swallowed, both ways. */
  | 'black-hole'
  /** Requests arrive, answers are swallowed. */
  | 'no-answers'
  /** The first answer cuts the connection instead of arriving: the request was carried out. */
  | 'cut-at-answer'
  /** New connections are refused and present ones reset. */
  | 'refuse'

/** A port of 127.0.0.1 that leads to another and can break on the way. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** Client connections at this moment. */
  readonly connections: number
  /** Bytes taken from either side and not passed on, so far. */
  readonly swallowed: number
  fault(fault: TcpFault): Promise<void>
  /** Resets all present connections; new ones work. */
  cut(): void
  close(): Promise<void>
}

/**
 * @example
 * ```ts
 * await using proxy = await startTcpProxy(redis.port)
 * await proxy.fault('black-hole')
 * ```
 */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let current: TcpFault = 'none'
  let swallowed = 0

  const cut = (): void => {
    for (const [client] of pairs) client.resetAndDestroy()
  }
  const accept = (client: Socket): void => {
    const server = connect({ host: '127.0.0.1', port: target, noDelay: true })
    const pair = [client.setNoDelay(true), server] as const
    pairs.add(pair)
    // TCP never delivers what comes after a loss: a direction that lost a byte is mute until the end.
    const mute = { request: false, answer: false }
    client.on('data', (data) => {
      mute.request ||= current === 'black-hole'
      if (mute.request) swallowed += data.length
      else server.write(data)
    })
    server.on('data', (data) => {
      if (current === 'cut-at-answer') return client.resetAndDestroy()
      mute.answer ||= current === 'black-hole' || current === 'no-answers'
      if (mute.answer) swallowed += data.length
      else client.write(data)
    })
    for (const [from, to] of [pair, pair.toReversed()] as const) {
      from?.on('error', () => {})
      from?.on('close', () => {
        pairs.delete(pair)
        to?.destroy()
      })
    }
  }

  const listen = async (port: number): Promise<Server> => {
    const server = createServer(accept).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  const end = async (server: Server): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    cut()
    await closed
  }

  let listener = await listen(0)
  const { port } = listener.address() as AddressInfo // a TCP server's
  const close = async (): Promise<void> => {
    if (listener.listening) await end(listener)
  }
  return {
    port,
    get connections() {
      return pairs.size
    },
    get swallowed() {
      return swallowed
    },
    async fault(fault) {
      current = fault
      if (fault === 'refuse') await close()
      else if (!listener.listening) listener = await listen(port)
    },
    cut,
    close,
    [Symbol.asyncDispose]: close,
  }
}
