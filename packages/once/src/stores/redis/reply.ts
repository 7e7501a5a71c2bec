import type { RedisReply } from '@oncekit/redis'

/** The answer is a record too large to travel with others: it has to be fetched alone. */
export const LARGE: unique symbol = Symbol('large record')

/** The server, or something between, answered a script with what it cannot say. */
export class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply'

  constructor(what: string, reply: RedisReply | undefined) {
    const kind = Buffer.isBuffer(reply) ? `${reply.length} bytes` : JSON.stringify(reply)
    super(`the script ${what} was answered with ${kind ?? 'nothing'}`)
  }
}

export function isList(reply: RedisReply | undefined): reply is readonly RedisReply[] {
  return Array.isArray(reply)
}

/** What a script says with an integer, as a word. */
export function word<Word extends string>(
  what: string,
  words: readonly Word[],
  reply: RedisReply,
): Word {
  const said = typeof reply === 'number' ? words[reply] : undefined
  if (said === undefined) throw new UnexpectedReply(what, reply)
  return said
}
