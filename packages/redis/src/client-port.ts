import { type Health, type Logger, Owner, backoff } from '@oncekit/core'
import { Dispatcher } from './dispatcher.ts'
import { redisHealth } from './health.ts'
import type { Connector } from './link.ts'
import type {
  ChannelListener,
  RedisArg,
  RedisPort,
  RedisReply,
  ScanOptions,
  ScanPage,
} from './port.ts'
import { scanPage } from './scan.ts'
import type { RedisScript } from './script.ts'
import type { RedisSettings } from './settings.ts'
import { Subscriptions } from './subscriptions.ts'

/** The port over any {@link Connector}: one connection for commands, one for channels. */
export class ClientRedisPort extends Owner implements RedisPort {
  readonly address: string
  readonly #dispatcher: Dispatcher
  readonly #subscriptions: Subscriptions

  constructor(connector: Connector, settings: RedisSettings, logger: Logger) {
    super()
    this.address = connector.address
    const common = {
      connector,
      logger,
      connectTimeoutMs: settings.connectTimeoutMs,
      commandTimeoutMs: settings.commandTimeoutMs,
      backoff: backoff({
        initialMs: settings.reconnectInitialMs,
        maxMs: settings.reconnectMaxMs,
        factor: 2,
        jitter: 'equal',
      }),
    }
    const limits = { calls: settings.maxQueue, bytes: settings.maxQueueBytes }
    this.#dispatcher = new Dispatcher({ ...common, limits })
    this.#subscriptions = new Subscriptions(common)
  }

  /** Opens the connection for commands, or rejects and leaves nothing open. */
  connect(): Promise<void> {
    return this.#dispatcher.connect()
  }

  /** Connects in the background; calls wait for it. */
  start(): this {
    this.#dispatcher.start()
    return this
  }

  run(
    script: RedisScript,
    keys: readonly RedisArg[],
    args: readonly RedisArg[],
  ): Promise<RedisReply> {
    const list: (string | Buffer)[] = ['evalsha', script.sha, String(keys.length)]
    const bytes = append(list, keys) + append(list, args)
    return this.#dispatcher.call(list, script, bytes)
  }

  command(args: readonly RedisArg[]): Promise<RedisReply> {
    const list: (string | Buffer)[] = []
    const bytes = append(list, args)
    return this.#dispatcher.call(list, undefined, bytes)
  }

  subscribe(channel: string, listener: ChannelListener): Promise<() => Promise<void>> {
    return this.#subscriptions.subscribe(channel, listener)
  }

  scan(options: ScanOptions): Promise<ScanPage> {
    return scanPage(this, options)
  }

  health(): Promise<Health> {
    return redisHealth(this)
  }

  protected override async beforeClose(): Promise<void> {
    this.#subscriptions.close()
    await this.#dispatcher.close()
  }
}

/** About what one argument costs beside its bytes, on the wire and in memory. */
const argumentOverhead = 16

/** Adds `args` to `list`, bytes as Buffers without a copy, and tells what they occupy. */
function append(list: (string | Buffer)[], args: readonly RedisArg[]): number {
  let bytes = 0
  for (const arg of args) {
    bytes += arg.length + argumentOverhead
    if (typeof arg === 'string' || Buffer.isBuffer(arg)) list.push(arg)
    else list.push(Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength))
  }
  return bytes
}
