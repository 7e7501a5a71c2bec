import type { Redis } from 'ioredis'

/**
 * Tells when the server gives an answer that nobody asked for: from then on no answer can be trusted to belong to its question.
 *
 * ioredis would go on, and take the answer for that of the next command if it came a little later; of a nil answer it dies with an
 * exception that nobody can catch.
 */
export function onUnasked(client: Redis, tell: (error: Error) => void): void {
  client.once('connect', () => {
    // The version is pinned, and the tests tell whether it still does this.
    const queue: { shift(): unknown } = client.commandQueue
    const shift = queue.shift.bind(queue)
    queue.shift = () => {
      const item = shift()
      // Whoever empties the queue has stopped reading before, and goes on until there is nothing.
      if (item !== undefined || client.stream.listenerCount('data') === 0) return item
      process.nextTick(tell, new Error('the server gave an answer that nobody had asked for'))
      return nobody
    }
  })
}

/** What ioredis touches of a command when it is answered. */
const nobody = {
  command: { name: '', args: [], resolve: () => undefined, reject: () => undefined },
}
