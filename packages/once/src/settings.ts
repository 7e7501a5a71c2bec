import { ConfigError, parseDuration } from '@oncekit/core'

import type { OnceConfig } from './config.ts'
import type { DuplicatePolicy, StoreErrorPolicy } from './types.ts'

/** The config with every duration in ms and every default decided. */
export interface Settings {
  readonly serviceName: string
  readonly prefix: string
  readonly ttlMs: number
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly maxRuntimeMs: number
  readonly storeTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly onDuplicate: DuplicatePolicy
  readonly waitTimeoutMs: number
  readonly onStoreError: StoreErrorPolicy
  readonly maxKeyLength: number
  readonly keyValidator: OnceConfig['keyValidator']
  readonly maxResultBytes: number
  readonly cleanupIntervalMs: number
}

/** A call to the store has to leave time for two more within a lease. */
export const LEASE_PER_STORE_TIMEOUT = 3

const DEFAULT_STORE_TIMEOUT_MS = 2_000

/** @throws ConfigError `ONCE_INVALID_CONFIG` when two fields contradict each other */
export function settingsOf(config: OnceConfig): Settings {
  const leaseMs = parseDuration(config.lease, 'lease')
  const storeTimeoutMs =
    config.storeTimeout === undefined
      ? Math.min(DEFAULT_STORE_TIMEOUT_MS, Math.floor(leaseMs / (LEASE_PER_STORE_TIMEOUT + 1)))
      : parseDuration(config.storeTimeout, 'storeTimeout')
  if (storeTimeoutMs * LEASE_PER_STORE_TIMEOUT >= leaseMs) {
    throw contradiction(
      'storeTimeout',
      config.storeTimeout,
      `less than a third of the lease (${leaseMs} ms), so that a lost extension can be repeated`,
    )
  }
  const heartbeatMs =
    config.heartbeat === undefined
      ? heartbeatFor(leaseMs)
      : parseDuration(config.heartbeat, 'heartbeat')
  if (heartbeatMs * 2 > leaseMs) {
    throw contradiction('heartbeat', config.heartbeat, `at most half of the lease (${leaseMs} ms)`)
  }
  return {
    serviceName: config.serviceName,
    prefix: config.prefix,
    ttlMs: parseDuration(config.ttl, 'ttl'),
    leaseMs,
    heartbeatMs,
    maxRuntimeMs: parseDuration(config.maxRuntime, 'maxRuntime'),
    storeTimeoutMs,
    drainTimeoutMs: parseDuration(config.drainTimeout, 'drainTimeout'),
    onDuplicate: config.onDuplicate,
    waitTimeoutMs: parseDuration(config.waitTimeout, 'waitTimeout'),
    onStoreError: config.onStoreError,
    maxKeyLength: config.maxKeyLength,
    keyValidator: config.keyValidator,
    maxResultBytes: config.maxResultBytes,
    cleanupIntervalMs: parseDuration(config.cleanupInterval, 'cleanupInterval'),
  }
}

/** Three chances to extend before a lease is over. */
export function heartbeatFor(leaseMs: number): number {
  return Math.floor(leaseMs / 3)
}

function contradiction(path: string, value: unknown, message: string): ConfigError {
  return new ConfigError('Invalid once config', [{ path, value, message }], {
    code: 'ONCE_INVALID_CONFIG',
  })
}
