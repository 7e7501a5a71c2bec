import { RedisReplyError } from '@oncekit/redis'
import { isOncekitError } from '@oncekit/core'

import { OnceError } from '../../errors.ts'
import { parseSuffix, splitStorageKey } from '../../key.ts'
import { RecordUnreadable } from '../../record.ts'

/** What the caller of a key is told when the server, the connection or the record failed it. */
export function storeError(reason: unknown, key: string | undefined, address: string): OnceError {
  if (reason instanceof OnceError) return reason
  const about = key === undefined ? {} : callersKey(key)
  const facts = { ...about, cause: reason }
  if (reason instanceof RecordUnreadable) return unreadable(key, reason.message, address, facts)
  if (isOncekitError(reason, 'REDIS_CLOSED')) return closedError(address, reason)
  if (!(reason instanceof RedisReplyError)) {
    return new OnceError('ONCE_STORE_UNAVAILABLE', unavailableMessage(reason, address), facts)
  }
  switch (reason.code) {
    case 'UNREADABLE':
      return unreadable(key, reason.message.slice('UNREADABLE '.length), address, facts)
    case 'WRONGTYPE':
      return unreadable(
        key,
        'the key holds another type of value, so another program, or a person, wrote it',
        address,
        facts,
      )
    default:
      return new OnceError(
        'ONCE_STORE_UNAVAILABLE',
        `Redis at ${address} refused: ${reason.message}${nextStep(reason)}`,
        facts,
      )
  }
}

export function closedError(address: string, cause?: unknown): OnceError {
  const facts = cause === undefined ? {} : { cause }
  return new OnceError('ONCE_CLOSED', `the store of ${address} is closed`, facts)
}

/** The key as its caller knows it. */
function callersKey(key: string): { readonly key?: string } {
  const parts = splitStorageKey(key)
  return parts === undefined ? {} : { key: parseSuffix(parts.suffix).key }
}

function unreadable(
  key: string | undefined,
  why: string,
  address: string,
  facts: { readonly key?: string; readonly cause: unknown },
): OnceError {
  return new OnceError(
    'ONCE_RECORD_UNREADABLE',
    `cannot read ${JSON.stringify(key)} at ${address}: ${why}. It was left as it is; ` +
      'read it with the release that wrote it, or remove it by force',
    facts,
  )
}

function unavailableMessage(reason: unknown, address: string): string {
  // The port's own errors name the address and the next step.
  if (isOncekitError(reason)) return reason.message
  const said = reason instanceof Error ? reason.message : String(reason)
  return `Redis at ${address} could not be used: ${said}; check that it runs and can be reached`
}

function nextStep(reply: RedisReplyError): string {
  const step = NEXT_STEPS[reply.code]
  return step === undefined ? '' : `. ${step}`
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  OOM: 'The server is at its maxmemory: raise it, or shorten ttl',
  READONLY: 'This server is a replica: use the address of the primary',
  MISCONF: 'The server cannot save its data: look at its log and disk',
  LOADING: 'The server is reading its data: wait until it is up',
  CLUSTERDOWN: 'The cluster has lost a part: bring its nodes back',
  NOREPLICAS: 'Too few replicas are connected: bring them back, or lower min-replicas-to-write',
  NOPERM: 'The user lacks a permission: see ACL SETUSER',
  ERR: 'The server has to be Redis 6.2 or newer, or Valkey',
}
