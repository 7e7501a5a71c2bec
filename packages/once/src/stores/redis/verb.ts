import { RedisReplyError } from '@oncekit/redis'
import type { RedisArg, RedisPort, RedisReply } from '@oncekit/redis'

import { Batcher } from '../batcher.ts'
import { storeError } from './errors.ts'
import { toColumns } from './columns.ts'
import type { PerKeyScript } from './per-key.ts'
import { LARGE, UnexpectedReply, isList } from './reply.ts'

/** One verb on the wire. */
export interface Verb<Request extends { readonly key: string }, Answer> {
  readonly script: PerKeyScript
  /** ARGV of one request. Without it the script takes none. */
  readonly argument?: (request: Request) => RedisArg
  /** What the script said about one key, read. */
  readonly answer: (reply: RedisReply) => Answer | typeof LARGE
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
    const { script, argument } = this.#verb
    const keys: string[] = []
    const args: RedisArg[] = []
    for (const item of items) {
      keys.push(item.request.key)
      if (argument !== undefined) args.push(item.argument)
    }
    if (script.fenced) for (const item of items) keys.push(fenceKey(item.request.key))
    if (items.length === 1) {
      const reply = await this.#port.run(script.one, keys, args)
      return () => this.#answer(items[0], reply)
    }
    const replies = await this.#port.run(script.many, keys, script.columns ? toColumns(args) : args)
    if (!isList(replies)) throw new UnexpectedReply(script.many.name, replies)
    return (index) => this.#answer(items[index], replies[index])
  }

  #answer(
    item: Item<Request> | undefined,
    reply: RedisReply | undefined,
  ): Answer | PromiseLike<Answer> {
    const { script, answer, large } = this.#verb
    try {
      if (item === undefined || reply === undefined)
        throw new UnexpectedReply(script.one.name, reply)
      if (reply instanceof RedisReplyError) throw reply
      const said = answer(reply)
      if (said !== LARGE) return said
      if (large === undefined) throw new UnexpectedReply(script.one.name, reply)
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
