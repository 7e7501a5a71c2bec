import { type Backoff, type Logger, sleep } from '@oncekit/core'
import { connectFailure } from './connect-failure.ts'
import type { RedisError } from './errors.ts'
import type { OpenOptions } from './link.ts'

export interface LifelineOptions<L> {
  readonly address: string
  readonly connectTimeoutMs: number
  readonly backoff: Backoff
  readonly logger: Logger
  open(options: OpenOptions): Promise<L>
  /** A connection is there, the first or a later one. */
  up(link: L): void
  /** It is gone. */
  down?(cause: Error): void
}

/** Keeps one connection open: reconnects, with growing pauses, until it is closed. */
export class Lifeline<L extends { destroy(): void }> {
  readonly #options: LifelineOptions<L>
  readonly #closing = new AbortController()
  #link: L | undefined
  #failure: RedisError | undefined

  constructor(options: LifelineOptions<L>) {
    this.#options = options
  }

  /** The connection, while there is one. */
  get link(): L | undefined {
    return this.#link
  }

  /** Why the last attempt to connect failed. */
  get failure(): RedisError | undefined {
    return this.#failure
  }

  /**
   * Opens the first connection, in one attempt.
   * @throws RedisError that says why it failed and what to do
   */
  async connect(): Promise<void> {
    const { address, connectTimeoutMs } = this.#options
    const timeout = AbortSignal.timeout(connectTimeoutMs)
    const signal = AbortSignal.any([timeout, this.#closing.signal])
    let link: L | undefined
    let lostEarly: Error | undefined
    const lost = (cause: Error): void => {
      if (link === undefined) lostEarly = cause
      else this.#lose(link, cause)
    }
    try {
      link = await this.#options.open({ signal, lost })
      if (lostEarly !== undefined) throw lostEarly
    } catch (cause) {
      link?.destroy()
      this.#failure = connectFailure(cause, address, timeout.aborted ? connectTimeoutMs : undefined)
      throw this.#failure
    }
    if (this.#closing.signal.aborted) return link.destroy()
    this.#failure = undefined
    this.#link = link
    this.#options.up(link)
  }

  /** Connects in the background, again and again until it succeeds. */
  start(): void {
    void this.#keepTrying()
  }

  /** Closes the connection, whose state is not trusted any more, and opens another. */
  drop(cause: Error): void {
    if (this.#link !== undefined) this.#lose(this.#link, cause)
  }

  close(): void {
    this.#closing.abort()
    this.#link?.destroy()
    this.#link = undefined
  }

  #lose(link: L, cause: Error): void {
    if (link !== this.#link) return
    this.#link = undefined
    link.destroy()
    if (this.#closing.signal.aborted) return
    const { address, logger } = this.#options
    this.#failure = connectFailure(cause, address)
    logger.warn({ address, reason: cause.message }, 'Redis connection lost, reconnecting')
    this.#options.down?.(cause)
    this.start()
  }

  async #keepTrying(): Promise<void> {
    const { address, backoff, logger } = this.#options
    const { signal } = this.#closing
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.connect()
        return logger.info({ address, attempt }, 'Redis connected')
      } catch (error) {
        if (signal.aborted) return
        const reason = error instanceof Error ? error.message : String(error)
        const delayMs = backoff(attempt)
        logger.debug({ address, attempt, delayMs, reason }, 'Redis is not reachable')
        await sleep(delayMs, { signal }).catch(() => {})
      }
    }
  }
}
