import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'

export interface Listening extends AsyncDisposable {
  readonly url: string
}

/**
 * Listens on 127.0.0.1, on the usual port if it is free and no other is asked for. Disposing of it
 * waits for the answers under way.
 */
export async function listen(
  listener: RequestListener,
  port: number | undefined,
): Promise<Listening> {
  const server = createServer(listener)
  try {
    await bind(server, port ?? usualPort)
  } catch (error) {
    if (port !== undefined || !isTaken(error)) throw error
    await bind(server, 0)
  }
  return { url: urlOf(server), [Symbol.asyncDispose]: () => drain(server) }
}

const usualPort = 4700

async function bind(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return `http://${address.address}:${address.port}`
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // A connection that was busy is idle afterwards, and would be kept for the next request.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const patience = setTimeout(() => server.closeAllConnections(), patienceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(patience)
}

/** For an answer under way when the service is stopped. */
const patienceMs = 10_000
