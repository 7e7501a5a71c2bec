import type { Command, Redis } from 'ioredis'
import type { Link, Outgoing, RawReply } from '../link.ts'
import { CommandWriter } from './command-writer.ts'
import { destroyIoredis } from './client.ts'

/**
 * So much is handed to the socket at once: the server begins with it while the rest is still being written. A system call costs
 * about as much as writing this.
 */
const bytesAtOnce = 2 * 1024

/**
 * Commands over a connected ioredis client. The first of a tick goes out at once, for mostly it is the only one; further small ones
 * leave in one piece at the end of the tick. ioredis alone makes a system call for each.
 */
export class IoredisLink implements Link {
  readonly #client: Redis
  readonly #writer: CommandWriter
  readonly #sink = { write: () => true }
  readonly #endTick = (): void => {
    this.#inTick = false
    this.#writer.handOut()
  }
  /** Something was handed out in this tick. */
  #inTick = false

  constructor(client: Redis) {
    this.#client = client
    this.#writer = new CommandWriter((bytes) => client.stream.write(bytes))
  }

  send(outgoing: Outgoing): void {
    // ioredis's own Command makes a promise, copies the arguments and wraps both callbacks. This one
    // has all that sendCommand() and the reply handler touch; the version is pinned, the tests tell.
    const command = new WireCommand(outgoing, this.#writer) as unknown as Command
    // Of a stream sendCommand() only calls write().
    this.#client.sendCommand(command, this.#sink as unknown as NodeJS.WriteStream)
    if (this.#inTick && this.#writer.waiting < bytesAtOnce) return
    this.#writer.handOut()
    if (this.#inTick) return
    this.#inTick = true
    // After all microtasks: the callers that one batch of answers woke have then spoken.
    process.nextTick(this.#endTick)
  }

  destroy(): void {
    this.#writer.clear()
    destroyIoredis(this.#client)
  }
}

/** The part of ioredis's `Command` that its connection uses. */
class WireCommand {
  readonly name: string
  readonly args: readonly (string | Buffer)[]
  readonly promise = done
  readonly inTransaction = false
  readonly pipelineIndex = undefined
  isTraced = false
  readonly #outgoing: Outgoing
  readonly #writer: CommandWriter

  constructor(outgoing: Outgoing, writer: CommandWriter) {
    this.#outgoing = outgoing
    this.#writer = writer
    this.args = outgoing.args
    this.name = String(outgoing.args[0])
  }

  setReplyContext(): void {}

  /** Asked for when the connection takes the command, which then is written by this; the text is for the sink. */
  toWritable(): string {
    this.#writer.add(this.#outgoing.args)
    return ''
  }

  resolve(reply: RawReply): void {
    this.#outgoing.replied(reply)
  }

  reject(error: Error): void {
    this.#outgoing.failed(error)
  }
}

const done = Promise.resolve()
