import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A network fault, from now on, for present and new connections. */
export type TcpFault =
  | 'none'
  /** Connections are accepted and what comes is swallowed, both ways. */
  | 'black-hole'
  /** Requests are swallowed; answers under way arrive. */
  | 'no-requests'
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
  /** From now on everything takes so long on the way, in each direction; 0 at first. */
  delay(ms: number): void
  /** New connections lead to another port of 127.0.0.1; present ones are reset. */
  retarget(target: number): void
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
  let delayMs = 0
  let goal = target
  let swallowed = 0

  const cut = (): void => {
    for (const [client] of pairs) client.resetAndDestroy()
  }
  const accept = (client: Socket): void => {
    const server = connect({ host: '127.0.0.1', port: goal, noDelay: true })
    const toServer = inOrder((data) => server.write(data))
    const toClient = inOrder((data) => client.write(data))
    const pair = [client.setNoDelay(true), server] as const
    pairs.add(pair)
    // TCP never delivers what comes after a loss: a direction that lost a byte is mute until the end.
    const mute = { request: false, answer: false }
    client.on('data', (data) => {
      mute.request ||= current === 'black-hole' || current === 'no-requests'
      if (mute.request) swallowed += data.length
      else toServer(data, delayMs)
    })
    server.on('data', (data) => {
      if (current === 'cut-at-answer') return client.resetAndDestroy()
      mute.answer ||= current === 'black-hole' || current === 'no-answers'
      if (mute.answer) swallowed += data.length
      else toClient(data, delayMs)
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
    delay(ms) {
      delayMs = ms
    },
    retarget(next) {
      goal = next
      cut()
    },
    cut,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Passes data on after a delay, and never ahead of what came before it. */
function inOrder(write: (data: Buffer) => void): (data: Buffer, delayMs: number) => void {
  const waiting: { readonly data: Buffer; readonly dueMs: number }[] = []
  const pass = (): void => {
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      const leftMs = first.dueMs - performance.now()
      if (leftMs > 0) return void setTimeout(pass, Math.ceil(leftMs))
      waiting.shift()
      write(first.data)
    }
  }
  return (data, delayMs) => {
    if (delayMs === 0 && waiting.length === 0) return write(data)
    waiting.push({ data, dueMs: performance.now() + delayMs })
    if (waiting.length === 1) pass()
  }
}
