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

/** Digits of the base of {@link repliesIn}'s short form. */
const BASE_DIGITS = 16

/**
 * The reply about the n-th key of a batch. Besides the list of them a script may give, because a client reads and a server writes a
 * list item by item:
 *
 *   an integer   the reply about every key
 *   bytes        integers: 16 digits of a base, and a byte for each key that is to be added to it
 */
export function repliesIn(
  replies: RedisReply,
  script: string,
): (index: number) => RedisReply | undefined {
  if (typeof replies === 'number') return () => replies
  if (Buffer.isBuffer(replies)) {
    const base = Number(replies.toString('latin1', 0, BASE_DIGITS))
    return (index) => {
      const offset = replies[BASE_DIGITS + index]
      return offset === undefined ? undefined : base + offset
    }
  }
  if (!isList(replies)) throw new UnexpectedReply(script, replies)
  return (index) => replies[index]
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
