import { randomBytes } from 'node:crypto'

import { storageKey } from '@oncekit/once'
import type { ClaimRequest, CommitRequest } from '@oncekit/once'

export const DAY_MS = 86_400_000

export function keyOf(name: string): string {
  return storageKey('test', name)
}

export function claimOf(name: string, options: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    key: keyOf(name),
    token: randomBytes(16).toString('hex'),
    fingerprint: '',
    leaseMs: 30_000,
    ttlMs: DAY_MS,
    holder: '',
    wait: false,
    attemptLimit: 0,
    ...options,
  }
}

export function commitOf(claim: ClaimRequest, body = '"value"'): CommitRequest {
  return {
    key: claim.key,
    token: claim.token,
    outcome: { state: 'succeeded', codec: 1, body },
    ttlMs: DAY_MS,
    meta: '',
  }
}

export function doneOf(name: string, ttlMs: number = DAY_MS): ClaimRequest {
  return claimOf(name, { ttlMs, outcome: { state: 'succeeded', codec: 1, body: '"value"' } })
}
