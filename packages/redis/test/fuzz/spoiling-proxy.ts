import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What becomes of bytes on their way from the server; nothing at all when it gives nothing. */
export type Spoil = (answer: Buffer) => Buffer | undefined

/** A port that leads to a Redis server whose answers can be made into something else. */
export interface SpoilingProxy extends AsyncDisposable {
  readonly port: number
  /** From now on; without one the answers pass as they are. */
  spoil(by: Spoil | undefined): void
}

export async function startSpoilingProxy(target: number): Promise<SpoilingProxy> {
  const sockets = new Set<Socket>()
  let current: Spoil | undefined
  const listener = createServer((client) => {
    const server = connect({ host: '127.0.0.1', port: target })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
    client.on('data', (request) => server.write(request))
    server.on('data', (answer) => {
      const spoilt = current === undefined ? answer : current(answer)
      if (spoilt !== undefined) client.write(spoilt)
    })
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port, // a TCP server's
    spoil(by) {
      current = by
    },
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
