import type { Command, Redis } from 'ioredis'
import type { Link, Outgoing, RawReply } from '../link.ts'
import { encodeCommand } from './encode-command.ts'
import { destroyIoredis } from './client.ts'

/** Text beyond this is handed to the socket at once instead of at the end of the tick. */
const longText = 64 * 1024

/**
 * Commands over a connected ioredis client. Writes of one tick leave in one piece: ioredis alone
 * makes a system call for each command.
 */
export class IoredisLink implements Link {
  readonly #client: Redis
  readonly #sink: { write(data: string | Buffer): boolean }
  readonly #flush = (): void => this.#writeOut()
  #text = ''
  #scheduled = false

  constructor(client: Redis) {
    this.#client = client
    this.#sink = { write: (data) => this.#collect(data) }
  }

  send(outgoing: Outgoing): void {
    // ioredis's own Command makes a promise, copies the arguments and wraps both callbacks. This one
    // has all that sendCommand() and the reply handler touch; the version is pinned, the tests tell.
    const command = new WireCommand(outgoing) as unknown as Command
    this.#client.sendCommand(command, this.#sink as unknown as NodeJS.WriteStream)
  }

  destroy(): void {
    this.#text = ''
    destroyIoredis(this.#client)
  }

  #collect(data: string | Buffer): boolean {
    if (!this.#scheduled) {
      this.#scheduled = true
      // After all microtasks: the callers that one batch of answers woke have then spoken.
      process.nextTick(this.#flush)
    }
    if (typeof data === 'string') {
      this.#text += data
      if (this.#text.length > longText) this.#writeText()
      return true
    }
    // One packet for what follows in this tick too.
    if (this.#client.stream.writableCorked === 0) this.#client.stream.cork()
    this.#writeText()
    return this.#client.stream.write(data)
  }

  #writeOut(): void {
    this.#scheduled = false
    this.#writeText()
    if (this.#client.stream.writableCorked > 0) this.#client.stream.uncork()
  }

  #writeText(): void {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    this.#client.stream.write(text)
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

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
    this.args = outgoing.args
    this.name = String(outgoing.args[0])
  }

  setReplyContext(): void {}

  toWritable(): string | Buffer {
    return encodeCommand(this.#outgoing.args)
  }

  resolve(reply: RawReply): void {
    this.#outgoing.replied(reply)
  }

  reject(error: Error): void {
    this.#outgoing.failed(error)
  }
}

const done = Promise.resolve()
