import type { Backoff, Logger } from '@oncekit/core'
import { asError } from './as-error.ts'
import { Call, type CallOwner } from './call.ts'
import { closedError, fullError, lostError, timeoutError, unsentError } from './call-errors.ts'
import { RedisError, replyRejection } from './errors.ts'
import { handshake, serverReply } from './handshake.ts'
import { Lifeline } from './lifeline.ts'
import type { Connector, Link, OpenOptions, RawReply } from './link.ts'
import { PendingCalls, type PendingLimits } from './pending.ts'
import type { RedisReply } from './port.ts'
import { cleanReply } from './reply.ts'
import type { RedisScript } from './script.ts'
import { ScriptLoader } from './script-loader.ts'

export interface DispatcherOptions {
  readonly connector: Connector
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
  readonly limits: PendingLimits
  readonly backoff: Backoff
  readonly logger: Logger
}

/** The sweeper looks no more often than this: lateness traded for the price of timers. */
const sweepPauseMs = 20

/** After this many refusals in a row the server will not learn the script. */
const unknownScriptLimit = 3

/**
 * Takes calls, sends them over whatever connection there is, and sees to it that each one settles
 * by its deadline and that what is unanswered stays bounded.
 */
export class Dispatcher implements CallOwner {
  readonly #options: DispatcherOptions
  readonly #pending: PendingCalls
  readonly #lifeline: Lifeline<Link>
  readonly #scripts: ScriptLoader
  #timer: NodeJS.Timeout | undefined
  #unsettled = 0
  #closing = false
  #drained: (() => void) | undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#pending = new PendingCalls(options.limits)
    this.#scripts = new ScriptLoader((args) => this.#submit(args, undefined, 0))
    this.#lifeline = new Lifeline<Link>({
      address: options.connector.address,
      connectTimeoutMs: options.connectTimeoutMs,
      backoff: options.backoff,
      logger: options.logger,
      open: (to) => this.#open(to),
      up: () => this.#sendWaiting(),
    })
  }

  /**
   * Opens the first connection.
   * @throws RedisError `REDIS_UNAVAILABLE`
   */
  connect(): Promise<void> {
    return this.#lifeline.connect()
  }

  /** Opens the first connection in the background; calls wait for it. */
  start(): void {
    this.#lifeline.start()
  }

  /** Unanswered calls, those included whose caller has given up but which the client still holds. */
  get pendingCalls(): number {
    return this.#pending.calls
  }

  /** Sends `args`, which run `script` if one is given. Rejects at once when there is no room. */
  call(
    args: readonly (string | Buffer)[],
    script: RedisScript | undefined,
    bytes: number,
  ): Promise<RedisReply> {
    if (this.#closing) return Promise.reject(closedError(this.#address))
    if (!this.#pending.hasRoom(bytes)) {
      return Promise.reject(fullError(this.#address, this.#pending, bytes))
    }
    return this.#submit(args, script, bytes)
  }

  /** Refuses new calls, waits for those on the wire, at most until their deadlines, and closes. */
  async close(): Promise<void> {
    this.#closing = true
    for (const call of this.#pending) {
      if (!call.sent && call.unknownScript === 0) this.#reject(call, closedError(this.#address))
    }
    if (this.#unsettled > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve
      })
    }
    clearTimeout(this.#timer)
    this.#lifeline.close()
  }

  replied(call: Call, reply: RawReply): void {
    this.#pending.remove(call)
    if (call.settled) return
    this.#unsettled--
    call.resolve(typeof reply === 'object' ? cleanReply(reply) : reply)
    if (this.#drained !== undefined) this.#checkDrained()
  }

  failed(call: Call, error: Error): void {
    if (call.settled) return this.#pending.remove(call)
    const reply = serverReply(error)
    if (reply?.startsWith('NOSCRIPT') && call.script !== undefined) {
      return this.#teach(call, call.script, reply)
    }
    if (reply !== undefined) {
      return this.#reject(call, replyRejection(reply, call.what, this.#address))
    }
    this.#reject(call, lostError(this.#address, call, error))
  }

  async #open({ signal, lost }: OpenOptions): Promise<Link> {
    const link = await this.#options.connector.open({ signal, lost })
    try {
      await handshake(link, signal)
      return link
    } catch (error) {
      link.destroy()
      throw error
    }
  }

  #submit(
    args: readonly (string | Buffer)[],
    script: RedisScript | undefined,
    bytes: number,
  ): Promise<RedisReply> {
    const call = new Call(this, args, script, bytes, performance.now())
    this.#pending.add(call)
    this.#unsettled++
    if (this.#timer === undefined) this.#sweepIn(this.#options.commandTimeoutMs)
    this.#send(call)
    return call.promise
  }

  /** Puts the call on the wire, or leaves it waiting for the next connection. */
  #send(call: Call): void {
    const { link } = this.#lifeline
    if (link === undefined) return
    call.sent = true
    link.send(call)
  }

  #sendWaiting(): void {
    for (const call of this.#pending) {
      if (!call.sent) this.#send(call)
    }
  }

  /** The only thing this port sends twice: a script that certainly did not run. */
  #teach(call: Call, script: RedisScript, reply: string): void {
    call.sent = false
    if (++call.unknownScript === unknownScriptLimit) {
      return this.#reject(call, replyRejection(reply, call.what, this.#address))
    }
    this.#scripts.load(script).then(
      () => this.#resume(call),
      (error: unknown) => {
        if (error instanceof RedisError && error.code === 'REDIS_UNAVAILABLE') this.#resume(call)
        else this.#reject(call, asError(error))
      },
    )
  }

  #resume(call: Call): void {
    if (call.settled || call.sent) return
    if (this.#closing && this.#lifeline.link === undefined) {
      return this.#reject(call, closedError(this.#address))
    }
    this.#send(call)
  }

  #reject(call: Call, error: Error): void {
    if (call.settled) return
    this.#pending.remove(call)
    this.#unsettled--
    call.reject(error)
    this.#checkDrained()
  }

  #checkDrained(): void {
    if (this.#unsettled === 0) this.#drained?.()
  }

  #sweepIn(delayMs: number): void {
    // A pass through the event loop in between: after the process stood still, the answers that
    // arrived meanwhile are read before their calls are declared late.
    this.#timer = setTimeout(
      () => setImmediate(() => this.#sweep(performance.now())),
      Math.max(sweepPauseMs, delayMs),
    )
  }

  #sweep(nowMs: number): void {
    const { commandTimeoutMs, connector } = this.#options
    const oldest = this.#pending.oldest
    if (connector.owned && oldest?.sent && nowMs - oldest.madeMs >= 2 * commandTimeoutMs) {
      // The client keeps what it sent until an answer comes: only a new connection frees it.
      this.#lifeline.drop(new Error(`no answer for ${2 * commandTimeoutMs} ms`))
    }
    this.#timer = undefined
    let nextMs = Infinity
    for (const call of this.#pending) {
      const leftMs = call.madeMs + commandTimeoutMs - nowMs
      if (leftMs > 0) {
        nextMs = leftMs
        break
      }
      if (!call.settled) this.#expire(call)
    }
    const held = this.#pending.oldest
    if (connector.owned && held?.settled) {
      nextMs = Math.min(nextMs, held.madeMs + 2 * commandTimeoutMs - nowMs)
    }
    if (nextMs < Infinity && !this.#isClosed) this.#sweepIn(nextMs)
  }

  /** Tells the caller; the call itself stays counted while the client library holds it. */
  #expire(call: Call): void {
    const { commandTimeoutMs } = this.#options
    const { failure } = this.#lifeline
    if (!call.sent) {
      return this.#reject(call, unsentError(this.#address, call, commandTimeoutMs, failure))
    }
    this.#unsettled--
    call.reject(timeoutError(this.#address, call, commandTimeoutMs))
    this.#checkDrained()
  }

  get #address(): string {
    return this.#options.connector.address
  }

  get #isClosed(): boolean {
    return this.#closing && this.#unsettled === 0
  }
}
