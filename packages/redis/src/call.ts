import type { Outgoing, RawReply } from './link.ts'
import type { RedisReply } from './port.ts'
import type { RedisScript } from './script.ts'

/** Who is told how a call ended on the wire. */
export interface CallOwner {
  replied(call: Call, reply: RawReply): void
  failed(call: Call, error: Error): void
}

/**
 * One call of a caller. Two lives end apart: the caller's, `settled` at the latest by the deadline,
 * and the client library's, which may hold the command longer.
 */
export class Call implements Outgoing {
  readonly args: readonly (string | Buffer)[]
  /** The script that `args` run, if they run one. */
  readonly script: RedisScript | undefined
  /** What it is taken to occupy while unanswered. */
  readonly bytes: number
  /** When it was made, in ms of `performance.now()`. */
  readonly madeMs: number
  readonly promise: Promise<RedisReply>
  /** The caller has its answer. */
  settled = false
  /** A client library holds it. */
  sent = false
  /** How often the server did not know the script. */
  unknownScript = 0
  previous: Call | undefined = undefined
  next: Call | undefined = undefined
  readonly #owner: CallOwner
  #resolve: ((reply: RedisReply) => void) | undefined
  #reject: ((error: Error) => void) | undefined

  constructor(
    owner: CallOwner,
    args: readonly (string | Buffer)[],
    script: RedisScript | undefined,
    bytes: number,
    madeMs: number,
  ) {
    this.#owner = owner
    this.args = args
    this.script = script
    this.bytes = bytes
    this.madeMs = madeMs
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** `script claim` or `GET`: what errors call it. */
  get what(): string {
    if (this.script !== undefined) return `script ${this.script.name}`
    return String(this.args[0]).toUpperCase()
  }

  replied(reply: RawReply): void {
    this.#owner.replied(this, reply)
  }

  failed(error: Error): void {
    this.#owner.failed(this, error)
  }

  resolve(reply: RedisReply): void {
    this.settled = true
    this.#resolve?.(reply)
  }

  reject(error: Error): void {
    this.settled = true
    this.#reject?.(error)
  }
}
