import { assertEnvironment, type Duration, duration, type Environment } from '@oncekit/core'
import { z } from 'zod'

/** TLS settings for `rediss://`; certificates and keys as PEM text. */
export interface TlsOptions {
  /** The authority that signed the server's certificate. @defaultValue those Node trusts */
  readonly ca?: string
  /** Certificate and key of this client, where the server asks for them. */
  readonly cert?: string
  readonly key?: string
  /** The name to find in the server's certificate. @defaultValue the host of the URL */
  readonly servername?: string
  /** `false` accepts any certificate: for tests only. @defaultValue true */
  readonly rejectUnauthorized?: boolean
}

/** Settings of {@link Redis}. Only `url` has to be given. */
export interface RedisConfig {
  /** `redis://user:password@host:port/db`, or `rediss://…` for TLS. */
  readonly url: string
  /** The client library that speaks to the server. @defaultValue `'ioredis'`, the faster of the two with many callers */
  readonly client?: 'ioredis' | 'redis'
  /** How long one attempt to connect may take. @defaultValue `'2s'` */
  readonly connectTimeout?: Duration
  /** By when every call settles, connected or not. @defaultValue `'2s'` */
  readonly commandTimeout?: Duration
  /** How many calls may be unanswered at once. @defaultValue 10,000 */
  readonly maxQueue?: number
  /** How many bytes of arguments may be unanswered at once. @defaultValue 64 MiB */
  readonly maxQueueBytes?: number
  /** Pauses between attempts to reconnect; they double, and vary by up to a half. */
  readonly reconnect?: {
    /** @defaultValue `'50ms'` */
    readonly initial?: Duration
    /** @defaultValue `'2s'` */
    readonly max?: Duration
  }
  readonly tls?: TlsOptions
}

const tls: z.ZodType<TlsOptions> = z.strictObject({
  ca: z.string().exactOptional(),
  cert: z.string().exactOptional(),
  key: z.string().exactOptional(),
  servername: z.string().exactOptional(),
  rejectUnauthorized: z.boolean().exactOptional(),
})

const timeout = duration({ minMs: 1 })

export const schema: z.ZodType<RedisConfig> = z.strictObject({
  url: z.string(),
  client: z.enum(['ioredis', 'redis']).exactOptional(),
  connectTimeout: timeout.exactOptional(),
  commandTimeout: timeout.exactOptional(),
  maxQueue: z.int().min(1).exactOptional(),
  maxQueueBytes: z.int().min(1).exactOptional(),
  reconnect: z
    .strictObject({ initial: timeout.exactOptional(), max: timeout.exactOptional() })
    .exactOptional(),
  tls: tls.exactOptional(),
})

/** The same in all environments: a local server, and limits that suit a service. */
export function defaultConfig(env: Environment): RedisConfig {
  assertEnvironment(env)
  return {
    url: 'redis://127.0.0.1:6379',
    client: 'ioredis',
    connectTimeout: '2s',
    commandTimeout: '2s',
    maxQueue: 10_000,
    maxQueueBytes: 64 * 1024 * 1024,
    reconnect: { initial: '50ms', max: '2s' },
  }
}
