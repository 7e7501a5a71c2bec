import { sleep } from '@oncekit/core'
import { RedisReplyError } from './errors.ts'
import type { Link, RawReply } from './link.ts'

const loadingPauseMs = 50

/**
 * Proves that a fresh connection may be used: the server answers, wants no password, and is done
 * loading its data. Rejects with what stands against it.
 */
export async function handshake(link: Link, signal: AbortSignal): Promise<void> {
  for (;;) {
    const refusal = await ping(link, signal)
    // A user without permission for PING is connected all the same.
    if (refusal === undefined || refusal.message.startsWith('NOPERM')) return
    if (!refusal.message.startsWith('LOADING')) throw refusal
    try {
      await sleep(loadingPauseMs, { signal })
    } catch {
      throw refusal
    }
  }
}

/** The server's objection to a PING, or nothing. */
async function ping(link: Link, signal: AbortSignal): Promise<Error | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<RawReply>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    link.send({ args: ['PING'], replied: resolve, failed: reject })
    await promise
    return undefined
  } catch (error) {
    const reply = serverReply(error)
    if (reply === undefined) throw error
    return new RedisReplyError(reply, { cause: error })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/**
 * The text of a server's error reply, or nothing when the error is another one (a lost connection).
 * By class name, since an injected client may come from another copy of its library.
 */
export function serverReply(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  for (let type: unknown = error; type instanceof Error; type = Object.getPrototypeOf(type)) {
    const name = type.constructor.name
    if (name === 'ErrorReply' || name === 'ReplyError') return error.message
  }
  return undefined
}
