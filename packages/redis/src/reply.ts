import { RedisReplyError } from './errors.ts'
import type { RawReply } from './link.ts'
import type { RedisReply } from './port.ts'

/** Turns the client library's errors inside arrays into {@link RedisReplyError} values, in place. */
export function cleanReply(reply: RawReply): RedisReply {
  if (Array.isArray(reply)) {
    for (let i = 0; i < reply.length; i++) {
      const item: unknown = reply[i]
      if (Array.isArray(item)) cleanReply(item)
      else if (item instanceof Error && !(item instanceof RedisReplyError)) {
        reply[i] = new RedisReplyError(item.message)
      }
    }
    return reply
  }
  if (reply instanceof Error && !(reply instanceof RedisReplyError)) {
    return new RedisReplyError(reply.message)
  }
  // Narrowed above, but not for the compiler: Array.isArray() does not exclude a readonly array.
  return reply as RedisReply
}
