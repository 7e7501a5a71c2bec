import { assertEnvironment, duration } from '@oncekit/core'
import type { Duration, Environment } from '@oncekit/core'
import { z } from 'zod'

import type { DuplicatePolicy, StoreErrorPolicy } from './types.ts'

/** What `Once.create` is told. Everything is data: from code, from a file, or from `ONCEKIT_ONCE_…` variables. */
export interface OnceConfig {
  /** `memory:`, `sqlite:./once.db`, `redis://host:6379/0` or `rediss://…`. @defaultValue `memory:`; in production `redis://127.0.0.1:6379` */
  readonly store: string
  /** Shown to whoever meets a running key. @defaultValue `service` */
  readonly serviceName: string
  /** Separates applications that share a store. 1–64 characters. @defaultValue `idempotent` */
  readonly prefix: string
  /** How long an outcome is kept, from completion. @defaultValue 24 hours */
  readonly ttl: Duration
  /** How long a key stays taken after its owner died. At least 100 ms. @defaultValue 30 seconds */
  readonly lease: Duration
  /** How often a lease is extended. @defaultValue a third of the lease */
  readonly heartbeat?: Duration
  /** A run that takes longer loses its lease. @defaultValue 15 minutes */
  readonly maxRuntime: Duration
  /** Every call to the store ends by then. Less than a third of the lease. @defaultValue 2 seconds, a quarter of a short lease */
  readonly storeTimeout?: Duration
  /** How long `close()` waits for running callbacks. @defaultValue 10 seconds */
  readonly drainTimeout: Duration
  /** @defaultValue `wait` */
  readonly onDuplicate: DuplicatePolicy
  /** How long a duplicate waits. @defaultValue 5 seconds */
  readonly waitTimeout: Duration
  /** @defaultValue `fail` */
  readonly onStoreError: StoreErrorPolicy
  /** In UTF-16 units. @defaultValue 255, which is also the most */
  readonly maxKeyLength: number
  /** `loose`: any well-formed text. `strict`: letters, digits and `. _ : - / @`. Or a function that gives what is wrong, if anything. */
  readonly keyValidator: 'loose' | 'strict' | ((key: string) => string | undefined)
  /** A larger result is not stored: the operation is done without a value. @defaultValue 1 MiB */
  readonly maxResultBytes: number
  /** Memory store only. @defaultValue 10,000 */
  readonly maxEntries: number
  /** Memory store only: how often expired records are swept away. @defaultValue 1 hour */
  readonly cleanupInterval: Duration
}

const positive = duration({ minMs: 1 })

export const onceSchema: z.ZodType<OnceConfig> = z.strictObject({
  store: z.string().min(1),
  serviceName: z.string().min(1).max(128),
  prefix: z
    .string()
    .min(1)
    .max(64)
    .refine((prefix) => prefix.isWellFormed(), 'expected well-formed Unicode'),
  ttl: positive,
  lease: duration({ minMs: 100, maxMs: 86_400_000 }),
  heartbeat: positive.exactOptional(),
  maxRuntime: positive,
  storeTimeout: positive.exactOptional(),
  drainTimeout: duration({ minMs: 0 }),
  onDuplicate: z.enum(['wait', 'reject']),
  waitTimeout: duration({ minMs: 0 }),
  onStoreError: z.enum(['fail', 'run']),
  maxKeyLength: z.int().min(1).max(255),
  keyValidator: z.union([
    z.enum(['loose', 'strict']),
    z.custom<(key: string) => string | undefined>((value) => typeof value === 'function'),
  ]),
  maxResultBytes: z
    .int()
    .min(0)
    .max(64 * 1024 * 1024),
  maxEntries: z.int().min(1),
  cleanupInterval: positive,
})

/** Defaults by environment: production works on a shared store, tests are quick to give up. */
export function defaultOnceConfig(environment: Environment): OnceConfig {
  const env = assertEnvironment(environment)
  return {
    store: env === 'production' ? 'redis://127.0.0.1:6379' : 'memory:',
    serviceName: 'service',
    prefix: 'idempotent',
    ttl: '24h',
    lease: env === 'test' ? '5s' : '30s',
    maxRuntime: '15m',
    drainTimeout: env === 'test' ? '1s' : '10s',
    onDuplicate: 'wait',
    waitTimeout: '5s',
    onStoreError: 'fail',
    maxKeyLength: 255,
    keyValidator: 'loose',
    maxResultBytes: 1024 * 1024,
    maxEntries: 10_000,
    cleanupInterval: '1h',
  }
}
