import { once } from 'node:events'
import { connect } from 'node:net'

/** Asks a Redis server on 127.0.0.1 one thing over a connection of its own; gives the reply as text. */
export async function redisCommand(
  port: number,
  words: readonly string[],
  patienceMs = 5000,
): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const signal = AbortSignal.timeout(patienceMs)
  try {
    await once(socket, 'connect', { signal })
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
    socket.write(`*${words.length}\r\n${parts.join('')}`)
    let reply = ''
    while (!isWhole(reply)) {
      const [data] = (await once(socket, 'data', { signal })) as [Buffer]
      reply += data.toString('utf8')
    }
    if (reply.startsWith('-')) throw new Error(`${words.join(' ')}: ${reply.slice(1).trim()}`)
    return reply.startsWith('$')
      ? reply.slice(reply.indexOf('\n') + 1).trim()
      : reply.slice(1).trim()
  } finally {
    socket.destroy()
  }
}

/** Simple strings, numbers, errors and bulk strings: what the commands used here answer. */
function isWhole(reply: string): boolean {
  const end = reply.indexOf('\r\n')
  if (end === -1) return false
  if (reply.startsWith('*')) return true
  if (!reply.startsWith('$')) return true
  const length = Number(reply.slice(1, end))
  return length < 0 || Buffer.byteLength(reply) >= end + 2 + length + 2
}
