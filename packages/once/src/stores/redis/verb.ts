import { RedisReplyError } from '@oncekit/redis'
import type { RedisArg, RedisPort, RedisReply, RedisScript } from '@oncekit/redis'

import { Batcher } from '../batcher.ts'
import { storeError } from './errors.ts'
import { LARGE, UnexpectedReply, isList } from './reply.ts'

/** One verb on the wire. */
export interface Verb<Request extends { readonly key: string }, Answer> {
  readonly script: RedisScript
  /** ARGV of one request. Without it the script takes none. */
  readonly argument?: (request: Request) => RedisArg
  /** Whether the script also moves the fence of the record's bucket. */
  readonly fenced?: boolean
  /** What the script said about one key, read; `nowMs` is the store's time for scripts that tell it. */
  readonly answer: (reply: RedisReply, nowMs: number) => Answer | typeof LARGE
  /** Gets the answer that was too large to come along. */
  readonly large?: (request: Request) => Promise<Answer>
}

/** A verb that sends together what is asked for in one tick. */
export class BatchedVerb<Request extends { readonly key: string }, Answer> {
  readonly #port: RedisPort
  readonly #verb: Verb<Request, Answer>
  readonly #batcher: Batcher<Item<Request>, Answer>

  constructor(port: RedisPort, verb: Verb<Request, Answer>, groupOf?: (key: string) => string) {
    this.#port = port
    this.#verb = verb
    this.#batcher = new Batcher({
      send: (items) => this.#send(items),
      failure: (reason, item) => storeError(reason, item.request.key, port.address),
      sizeOf: (item) => item.request.key.length + item.argument.length,
      ...(groupOf === undefined ? {} : { groupOf: (item) => groupOf(item.request.key) }),
    })
  }

  ask(request: Request): Promise<Answer> {
    let argument: RedisArg
    try {
      argument = this.#verb.argument?.(request) ?? ''
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#batcher.add({ request, argument })
  }

  async #send(items: readonly Item<Request>[]): Promise<AnswerOf<Answer>> {
    const { script, argument, fenced } = this.#verb
    const keys: string[] = []
    const args: RedisArg[] = []
    for (const item of items) {
      keys.push(item.request.key)
      if (argument !== undefined) args.push(item.argument)
    }
    if (fenced === true) for (const item of items) keys.push(fenceKey(item.request.key))
    const replies = await this.#port.run(script, keys, args)
    if (!isList(replies)) throw new UnexpectedReply(script.name, replies)
    const last = replies.at(-1)
    const nowMs = typeof last === 'number' ? last : 0
    return (index) => this.#answer(items[index], replies[index], nowMs)
  }

  #answer(
    item: Item<Request> | undefined,
    reply: RedisReply | undefined,
    nowMs: number,
  ): Answer | PromiseLike<Answer> {
    const { script, answer, large } = this.#verb
    try {
      if (item === undefined || reply === undefined) throw new UnexpectedReply(script.name, reply)
      if (reply instanceof RedisReplyError) throw reply
      const said = answer(reply, nowMs)
      if (said !== LARGE) return said
      if (large === undefined) throw new UnexpectedReply(script.name, reply)
      return large(item.request)
    } catch (error) {
      throw storeError(error, item?.request.key, this.#port.address)
    }
  }
}

type AnswerOf<Answer> = (index: number) => Answer | PromiseLike<Answer>

/**
 * Where the last fence of a key's bucket is kept: `{prefix:NNN}!fence`. No record can be named so, for a record's name goes on with
 * `:` or `@` after the brace; and it shares the records' slot.
 */
export function fenceKey(key: string): string {
  return `${key.slice(0, key.indexOf('}') + 1)}!fence`
}

interface Item<Request> {
  readonly request: Request
  readonly argument: RedisArg
}
