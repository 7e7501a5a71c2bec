import type { Backoff, Logger } from '@oncekit/core'
import { closedError } from './call-errors.ts'
import { RedisError, replyRejection } from './errors.ts'
import { serverReply } from './handshake.ts'
import { Lifeline } from './lifeline.ts'
import type { Connector, SubscriberLink } from './link.ts'
import type { ChannelListener } from './port.ts'

export interface SubscriptionsOptions {
  readonly connector: Connector
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
  readonly backoff: Backoff
  readonly logger: Logger
}

/** A channel with at least one listener. */
interface Channel {
  readonly listeners: Set<ChannelListener>
  /** Pending until the server has confirmed the subscription on the present connection. */
  active: PromiseWithResolvers<void>
}

/**
 * All subscriptions of a port, on one connection that is opened at the first of them. The connection
 * is pinged, since a dead one would look exactly like a quiet channel.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  readonly #channels = new Map<string, Channel>()
  readonly #lifeline: Lifeline<SubscriberLink>
  #started = false
  #connections = 0
  #heartbeat: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: SubscriptionsOptions) {
    this.#options = options
    const { connector, connectTimeoutMs, backoff, logger } = options
    this.#lifeline = new Lifeline<SubscriberLink>({
      address: connector.address,
      connectTimeoutMs,
      backoff,
      logger,
      open: (to) =>
        connector.openSubscriber({
          ...to,
          message: (name, payload) => this.#deliver(name, payload),
        }),
      up: (link) => this.#up(link),
      down: () => this.#down(),
    })
  }

  async subscribe(name: string, listener: ChannelListener): Promise<() => Promise<void>> {
    if (this.#closed) throw closedError(this.#options.connector.address)
    const channel = this.#channels.get(name) ?? this.#add(name)
    // Its own object, so that a listener given twice counts twice.
    const entry: ChannelListener = {
      message: (payload) => listener.message(payload),
      restored: () => listener.restored?.(),
    }
    channel.listeners.add(entry)
    if (!this.#started) {
      this.#started = true
      this.#lifeline.start()
    }
    try {
      await this.#confirmed(name, channel)
    } catch (error) {
      await this.#remove(name, channel, entry)
      throw error
    }
    return () => this.#remove(name, channel, entry)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#heartbeat)
    this.#lifeline.close()
    for (const channel of this.#channels.values())
      channel.active.reject(closedError(this.#options.connector.address))
    this.#channels.clear()
  }

  #add(name: string): Channel {
    const channel: Channel = { listeners: new Set(), active: unhandled() }
    this.#channels.set(name, channel)
    const { link } = this.#lifeline
    if (link !== undefined) void this.#activate(link, name, channel)
    return channel
  }

  async #remove(name: string, channel: Channel, entry: ChannelListener): Promise<void> {
    channel.listeners.delete(entry)
    if (channel.listeners.size > 0 || this.#channels.get(name) !== channel) return
    this.#channels.delete(name)
    // A connection lost meanwhile has forgotten the channel by itself.
    await this.#lifeline.link?.unsubscribe(name).catch(() => {})
  }

  async #activate(link: SubscriberLink, name: string, channel: Channel): Promise<void> {
    const { active } = channel
    try {
      await link.subscribe(name)
      active.resolve()
    } catch (error) {
      // After a lost connection the next one subscribes again; a refusal (NOPERM) is final.
      const reply = serverReply(error)
      const { address } = this.#options.connector
      if (reply !== undefined) active.reject(replyRejection(reply, `SUBSCRIBE ${name}`, address))
    }
  }

  /** Waits until the server has confirmed, at most for the command timeout. */
  async #confirmed(name: string, channel: Channel): Promise<void> {
    const { commandTimeoutMs, connector } = this.#options
    const { address } = connector
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      const why = this.#lifeline.failure?.message ?? 'The server did not confirm it.'
      late.reject(
        new RedisError(
          'REDIS_UNAVAILABLE',
          `Not subscribed to ${name} at ${address} within ${commandTimeoutMs} ms. ${why}`,
          { address, retryable: true, cause: this.#lifeline.failure },
        ),
      )
    }, commandTimeoutMs)
    try {
      await Promise.race([channel.active.promise, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  #up(link: SubscriberLink): void {
    const restored = this.#connections++ > 0
    for (const [name, channel] of this.#channels) {
      void this.#activate(link, name, channel)
      if (restored) this.#tellRestored(channel)
    }
    this.#beat(link)
  }

  #down(): void {
    clearInterval(this.#heartbeat)
    for (const channel of this.#channels.values()) {
      // Whoever still waits goes on waiting, for the confirmation of the next connection.
      const waiting = channel.active
      channel.active = unhandled()
      channel.active.promise.then(waiting.resolve, waiting.reject)
    }
  }

  #tellRestored(channel: Channel): void {
    channel.active.promise.then(
      () => this.#each(channel, (listener) => listener.restored?.()),
      () => {},
    )
  }

  #deliver(name: string, payload: Buffer): void {
    const channel = this.#channels.get(name)
    if (channel !== undefined) this.#each(channel, (listener) => listener.message(payload))
  }

  #each(channel: Channel, tell: (listener: ChannelListener) => void): void {
    for (const listener of channel.listeners) {
      try {
        tell(listener)
      } catch (error) {
        this.#options.logger.error({ err: error }, 'A Redis channel listener threw')
      }
    }
  }

  #beat(link: SubscriberLink): void {
    const { commandTimeoutMs } = this.#options
    let answered = true
    clearInterval(this.#heartbeat)
    this.#heartbeat = setInterval(() => {
      if (!answered) {
        return this.#lifeline.drop(new Error(`no answer to PING for ${commandTimeoutMs} ms`))
      }
      answered = false
      link.ping().then(
        () => {
          answered = true
        },
        () => {},
      )
    }, commandTimeoutMs)
  }
}

/** A promise that may be rejected while nobody waits for it. */
function unhandled(): PromiseWithResolvers<void> {
  const deferred = Promise.withResolvers<void>()
  deferred.promise.catch(() => {})
  return deferred
}
