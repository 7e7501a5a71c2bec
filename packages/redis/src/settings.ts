import { parseDuration } from '@oncekit/core'
import type { RedisConfig } from './config.ts'

/** The part of a {@link RedisConfig} that an injected client leaves open. */
export type RedisLimits = Pick<
  RedisConfig,
  'connectTimeout' | 'commandTimeout' | 'maxQueue' | 'maxQueueBytes' | 'reconnect'
>

/** {@link RedisLimits} with every default applied, in ms and bytes. */
export interface RedisSettings {
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
  readonly maxQueue: number
  readonly maxQueueBytes: number
  readonly reconnectInitialMs: number
  readonly reconnectMaxMs: number
}

export function settingsOf(limits: RedisLimits): RedisSettings {
  return {
    connectTimeoutMs: parseDuration(limits.connectTimeout ?? '2s', 'connectTimeout'),
    commandTimeoutMs: parseDuration(limits.commandTimeout ?? '2s', 'commandTimeout'),
    maxQueue: limits.maxQueue ?? 10_000,
    maxQueueBytes: limits.maxQueueBytes ?? 64 * 1024 * 1024,
    reconnectInitialMs: parseDuration(limits.reconnect?.initial ?? '50ms', 'reconnect.initial'),
    reconnectMaxMs: parseDuration(limits.reconnect?.max ?? '2s', 'reconnect.max'),
  }
}
