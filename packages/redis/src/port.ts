import type { Provider } from '@oncekit/core'
import type { RedisReplyError } from './errors.ts'
import type { RedisScript } from './script.ts'

/** One argument of a command: text is sent as UTF-8, bytes as they are. */
export type RedisArg = string | Uint8Array

/**
 * What the server answered: integers as numbers, strings and statuses as bytes, arrays nested.
 * A server error *inside* an array is a value, so that one bad key of a batch harms only itself;
 * a server error as the whole answer rejects the call instead.
 */
export type RedisReply = number | Buffer | null | RedisReplyError | readonly RedisReply[]

/** One page of a {@link RedisPort.scan}. */
export interface ScanOptions {
  /** Glob pattern the keys must match. */
  readonly match: string
  /** About how many keys the server looks at per call. @defaultValue 1000 */
  readonly count?: number
  /** The `cursor` of the page before; left out for the first page. */
  readonly cursor?: string
}

/** Keys of one page, and the cursor of the next: `null` when the scan is complete. */
export interface ScanPage {
  readonly cursor: string | null
  readonly keys: Buffer[]
}

/** Hears one channel. Listeners must not throw; what they throw is logged. */
export interface ChannelListener {
  /** Called with each message, as bytes. */
  message(payload: Buffer): void
  /** Called after the subscription was re-established: messages may have been missed meanwhile. */
  restored?(): void
}

/**
 * One Redis server, or what stands for one. Every call settles by the command timeout, nothing is
 * sent twice except a script the server had forgotten, and the number and bytes of unanswered calls
 * are bounded.
 *
 * The connection is shared by all callers: commands that change it (`SELECT`, `MULTI`, `SUBSCRIBE`,
 * `MONITOR`, `CLIENT REPLY`) or block it (`BLPOP`, `WAIT`) belong on a port of their own.
 */
export interface RedisPort extends Provider {
  /** Where it leads, without credentials: `redis://127.0.0.1:6379/0`. */
  readonly address: string
  /**
   * Runs a script by its hash; a server that does not know it is given the source once.
   * @throws RedisError
   */
  run(
    script: RedisScript,
    keys: readonly RedisArg[],
    args: readonly RedisArg[],
  ): Promise<RedisReply>
  /**
   * Sends one command: `command(['GET', key])`.
   * @throws RedisError
   */
  command(args: readonly RedisArg[]): Promise<RedisReply>
  /**
   * Resolves once the subscription is active on the server, with a function that ends it.
   * Many listeners of a channel share one server subscription, on a connection apart from commands.
   * @throws RedisError
   */
  subscribe(channel: string, listener: ChannelListener): Promise<() => Promise<void>>
  /**
   * One page of the keys that match. A key may come twice, and one that comes or goes during the
   * scan may be missed.
   * @throws RedisError
   */
  scan(options: ScanOptions): Promise<ScanPage>
}
