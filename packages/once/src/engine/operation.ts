import { parseDuration } from '@oncekit/core'
import type { ConfigIssue } from '@oncekit/core'

import { UnencodablePayload, fingerprintHexOf } from '../codec/index.ts'
import { OnceError } from '../errors.ts'
import { Namespace, suffixOf } from '../key.ts'
import { LEASE_PER_STORE_TIMEOUT, heartbeatFor } from '../settings.ts'
import type { Settings } from '../settings.ts'
import type { DuplicatePolicy, ExecuteOptions, Run, StoreErrorPolicy } from '../types.ts'

export type Callback = (run: Run) => unknown

/** One call's identity, read once: what happens to its arguments afterwards changes nothing. */
export interface Operation {
  readonly key: string
  readonly storageKey: string
  /** Of the storage key, for tables. */
  readonly hash: number
  /** 128 bits in hex; empty without a payload. */
  readonly fingerprint: string
  readonly callback: Callback
  /** The callback's value is not wanted. */
  readonly discard: boolean
  readonly ttlMs: number
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly onDuplicate: DuplicatePolicy
  readonly waitTimeoutMs: number
  readonly onStoreError: StoreErrorPolicy
  readonly signal: AbortSignal | undefined
}

/** Checks keys and options, and makes operations of them, for one provider. */
export class Operations {
  readonly #settings: Settings
  readonly #namespace: Namespace

  constructor(settings: Settings) {
    this.#settings = settings
    this.#namespace = new Namespace(settings.prefix)
  }

  /** @throws OnceError `ONCE_INVALID_KEY`, `ONCE_INVALID_PAYLOAD` or `ONCE_INVALID_CONFIG` */
  capture(
    key: string,
    callback: unknown,
    options: ExecuteOptions | undefined,
    discard: boolean,
  ): Operation {
    const settings = this.#settings
    const hash = this.#hash(key)
    const storageKey = this.#namespace.storageKey(key, hash)
    if (typeof callback !== 'function') {
      throw invalidOption('callback', callback, 'a function', key)
    }
    checkOptions(options, key)
    if (options === undefined) {
      return {
        key,
        storageKey,
        hash,
        fingerprint: '',
        callback: callback as Callback,
        discard,
        ttlMs: settings.ttlMs,
        leaseMs: settings.leaseMs,
        heartbeatMs: settings.heartbeatMs,
        onDuplicate: settings.onDuplicate,
        waitTimeoutMs: settings.waitTimeoutMs,
        onStoreError: settings.onStoreError,
        signal: undefined,
      }
    }
    const { payload, ttl, lease, onDuplicate, waitTimeout, onStoreError, signal } = options
    const leaseMs = lease === undefined ? settings.leaseMs : this.#lease(lease, key)
    return {
      key,
      storageKey,
      hash,
      fingerprint: payload === undefined ? '' : fingerprintIn(payload, key),
      callback: callback as Callback,
      discard,
      ttlMs: ttl === undefined ? settings.ttlMs : milliseconds('ttl', ttl, 1, key),
      leaseMs,
      heartbeatMs: lease === undefined ? settings.heartbeatMs : heartbeatFor(leaseMs),
      onDuplicate: oneOf('onDuplicate', onDuplicate, DUPLICATE_POLICIES, settings.onDuplicate, key),
      waitTimeoutMs:
        waitTimeout === undefined
          ? settings.waitTimeoutMs
          : milliseconds('waitTimeout', waitTimeout, 0, key),
      onStoreError: oneOf(
        'onStoreError',
        onStoreError,
        STORE_ERROR_POLICIES,
        settings.onStoreError,
        key,
      ),
      signal: signalOf(signal, key),
    }
  }

  /** @throws OnceError `ONCE_INVALID_KEY` */
  storageKey(key: unknown): string {
    this.#check(key)
    return this.#namespace.storageKey(key)
  }

  #hash(key: unknown): number {
    this.#check(key)
    return this.#namespace.hash(key)
  }

  #check(key: unknown): asserts key is string {
    const { maxKeyLength, keyValidator } = this.#settings
    if (typeof key !== 'string') throw invalidKey(key, `a string, got ${kindOf(key)}`)
    if (key === '') throw invalidKey(key, 'a string of at least one character')
    if (key.length > maxKeyLength) {
      throw invalidKey(key, `at most ${maxKeyLength} UTF-16 units, got ${key.length}`)
    }
    if (!key.isWellFormed()) throw invalidKey(key, 'well-formed Unicode, got a lone surrogate')
    if (keyValidator !== 'loose') {
      const wrong =
        keyValidator === 'strict'
          ? STRICT_KEY.test(key)
            ? undefined
            : 'letters, digits and . _ : - / @ only (keyValidator: strict)'
          : keyValidator(key)
      if (wrong !== undefined) throw invalidKey(key, wrong)
    }
  }

  /** @throws OnceError `ONCE_INVALID_KEY` when the text cannot be the beginning of a key */
  suffixPrefix(prefix: unknown): string {
    if (typeof prefix !== 'string')
      throw invalidKey(prefix, `a string, got ${kindOf(prefix)}`, 'prefix')
    if (!prefix.isWellFormed()) {
      throw invalidKey(prefix, 'well-formed Unicode, got a lone surrogate', 'prefix')
    }
    return suffixOf(prefix)
  }

  #lease(lease: unknown, key: string): number {
    const leaseMs = milliseconds('lease', lease, 100, key)
    const shortest = this.#settings.storeTimeoutMs * LEASE_PER_STORE_TIMEOUT
    if (leaseMs <= shortest) {
      throw invalidOption('lease', lease, `more than three storeTimeouts (${shortest} ms)`, key)
    }
    return leaseMs
  }
}

const STRICT_KEY = /^[A-Za-z0-9._:/@-]+$/
const DUPLICATE_POLICIES: readonly DuplicatePolicy[] = ['wait', 'reject']
const STORE_ERROR_POLICIES: readonly StoreErrorPolicy[] = ['fail', 'run']

function fingerprintIn(payload: unknown, key: string): string {
  try {
    return fingerprintHexOf(payload)
  } catch (error) {
    if (!(error instanceof UnencodablePayload)) throw error
    throw new OnceError('ONCE_INVALID_PAYLOAD', `payload of "${key}": ${error.message}`, {
      key,
      cause: error,
    })
  }
}

function milliseconds(field: string, value: unknown, minMs: number, key: string): number {
  return parseDuration(value, field, {
    minMs,
    error: (issue: ConfigIssue) => invalidOption(field, value, issue.message, key),
  })
}

function oneOf<T extends string>(
  field: string,
  value: T | undefined,
  allowed: readonly T[],
  fallback: T,
  key: string,
): T {
  if (value === undefined) return fallback
  if (allowed.includes(value)) return value
  throw invalidOption(field, value, allowed.map((choice) => `'${choice}'`).join(' or '), key)
}

function signalOf(signal: unknown, key: string): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw invalidOption('signal', signal, 'an AbortSignal', key)
}

/** @throws OnceError `ONCE_INVALID_CONFIG` for options that are no object, or a signal that is none */
export function checkOptions(options: unknown, key: string): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', options, 'an object', key)
  }
  if ('signal' in options) signalOf(options.signal, key)
}

function invalidKey(key: unknown, allowed: string, field = 'key'): OnceError {
  const shown = typeof key === 'string' ? ` "${key.slice(0, 64)}${key.length > 64 ? '…' : ''}"` : ''
  return new OnceError('ONCE_INVALID_KEY', `${field}${shown}: expected ${allowed}`)
}

export function invalidOption(
  field: string,
  value: unknown,
  allowed: string,
  key: string,
): OnceError {
  return new OnceError(
    'ONCE_INVALID_CONFIG',
    `${field} of "${key}": got ${describe(value)}; expected ${allowed}`,
    { key },
  )
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `"${value.slice(0, 64)}"`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return kindOf(value)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}
