import type { RedisReply } from './port.ts'

/** What a client library hands over: like {@link RedisReply}, with its own errors inside arrays. */
export type RawReply = number | Buffer | null | Error | readonly RawReply[] | RedisReply

/** One command on its way: exactly one of `replied` and `failed` is called, once. */
export interface Outgoing {
  readonly args: readonly (string | Buffer)[]
  replied(reply: RawReply): void
  failed(error: Error): void
}

/** One connection, for one life: when it is lost it is gone, and nothing it held is sent again. */
export interface Link {
  send(outgoing: Outgoing): void
  /** Closes at once. What was sent and not answered fails soon after. */
  destroy(): void
}

/** One connection for channels, for one life. */
export interface SubscriberLink {
  /** Resolves when the server has confirmed. */
  subscribe(channel: string): Promise<void>
  unsubscribe(channel: string): Promise<void>
  ping(): Promise<void>
  destroy(): void
}

export interface OpenOptions {
  /** Gives up, and closes what was opened. */
  readonly signal: AbortSignal
  /** Called once, after the connection was opened, when it is gone. */
  readonly lost: (cause: Error) => void
}

export interface SubscriberOptions extends OpenOptions {
  readonly message: (channel: string, payload: Buffer) => void
}

/** How connections are made: the one seam between a URL, or an injected client, and the port. */
export interface Connector {
  readonly address: string
  /** False when `destroy` leaves the connection open, because it belongs to an injected client. */
  readonly owned: boolean
  open(options: OpenOptions): Promise<Link>
  openSubscriber(options: SubscriberOptions): Promise<SubscriberLink>
}
