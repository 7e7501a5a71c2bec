import { RedisReplyError } from '@oncekit/redis'
import type { RedisArg, RedisPort, RedisReply } from '@oncekit/redis'

import { HEADER_BYTES, encodeRecord } from '../../record.ts'
import type { OnceRecord } from '../../record.ts'
import { Batcher } from '../batcher.ts'
import type { AnswerOf, Load } from '../batcher.ts'
import { Rows, toColumns } from './columns.ts'
import type { Row } from './columns.ts'
import { storeError } from './errors.ts'
import type { PerKeyScript } from './per-key.ts'
import { LARGE, UnexpectedReply, repliesIn } from './reply.ts'

/** One verb on the wire. */
export interface Verb<Request extends { readonly key: string }, Answer> {
  readonly script: PerKeyScript
  /** ARGV of one request: bytes, or a proto-record for a script that takes batches in columns. Without it the script takes none. */
  readonly argument?: (request: Request) => RedisArg | OnceRecord
  /** What the script said about one key, read. */
  readonly answer: (reply: RedisReply) => Answer | typeof LARGE
  /** Gets the answer that was too large to come along. */
  readonly large?: (request: Request) => Promise<Answer>
}

/** A verb that sends together what is asked for in one tick. */
export class BatchedVerb<Request extends { readonly key: string }, Answer> {
  readonly #port: RedisPort
  readonly #verb: Verb<Request, Answer>
  readonly #batcher: Batcher<Item<Request>, RedisReply, Answer>
  readonly #rows = new Rows()

  constructor(
    port: RedisPort,
    verb: Verb<Request, Answer>,
    load: Load,
    groupOf?: (key: string) => string,
  ) {
    this.#port = port
    this.#verb = verb
    this.#batcher = new Batcher({
      send: (items) => this.#send(items),
      read: (reply, items) => this.#read(reply, items),
      failure: (reason, item) => storeError(reason, item.request.key, port.address),
      sizeOf,
      load,
      ...(groupOf === undefined ? {} : { groupOf: (item) => groupOf(item.request.key) }),
    })
  }

  ask(request: Request): Promise<Answer> {
    let item: Item<Request>
    try {
      item = this.#item(request)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#batcher.add(item)
  }

  #item(request: Request): Item<Request> {
    const argument = this.#verb.argument?.(request)
    if (argument === undefined) return { request, argument: '', row: undefined }
    if (typeof argument === 'string' || argument instanceof Uint8Array) {
      return { request, argument, row: undefined }
    }
    return { request, argument: '', row: this.#rows.of(argument) }
  }

  #send(items: readonly Item<Request>[]): Promise<RedisReply> {
    const { script } = this.#verb
    const keys: string[] = []
    for (const item of items) keys.push(item.request.key)
    if (script.fenced) for (const item of items) keys.push(fenceKey(item.request.key))
    const [first] = items
    return first !== undefined && items.length === 1
      ? this.#port.run(script.one, keys, this.#argumentOf(first))
      : this.#port.run(script.many, keys, this.#argumentsOf(items))
  }

  #read(reply: RedisReply, items: readonly Item<Request>[]): AnswerOf<Answer> {
    if (items.length === 1) return () => this.#answer(items[0], reply)
    const replyOf = repliesIn(reply, this.#verb.script.many.name)
    return (index) => this.#answer(items[index], replyOf(index))
  }

  #argumentOf({ argument, row }: Item<Request>): RedisArg[] {
    if (row !== undefined) return [encodeRecord(row.proto)]
    return this.#verb.argument === undefined ? [] : [argument]
  }

  #argumentsOf(items: readonly Item<Request>[]): RedisArg[] {
    if (this.#verb.argument === undefined) return []
    if (!this.#verb.script.columns) return items.flatMap((item) => this.#argumentOf(item))
    const rows: Row[] = []
    for (const { row } of items) if (row !== undefined) rows.push(row)
    return toColumns(rows)
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
  readonly row: Row | undefined
}

/** About: short texts are taken to be ASCII, for 64 of them are far from the limit all the same. */
const SHORT_TEXT = 512

function sizeOf({ request, argument, row }: Item<{ readonly key: string }>): number {
  const { key } = request
  if (row === undefined) return key.length + argument.length
  const { meta, body } = row.proto
  const bodyBytes = body.length < SHORT_TEXT ? body.length : Buffer.byteLength(body)
  return key.length + HEADER_BYTES + meta.length + bodyBytes
}
