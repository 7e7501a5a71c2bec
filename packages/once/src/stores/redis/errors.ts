import { RedisError, RedisReplyError } from '@oncekit/redis'
import { isOncekitError } from '@oncekit/core'

import { OnceError, StoreOverloadedError } from '../../errors.ts'
import { parseSuffix, splitStorageKey } from '../../key.ts'
import { RecordUnreadable } from '../../record.ts'

/** What the caller of a key is told when the server, the connection or the record failed it. */
export function storeError(reason: unknown, key: string | undefined, address: string): OnceError {
  if (reason instanceof OnceError) return reason
  if (reason instanceof RedisError && reason.reply !== undefined) {
    return replyError(new RedisReplyError(reason.reply, { cause: reason }), key, address)
  }
  if (reason instanceof RedisReplyError) return replyError(reason, key, address)
  const about = key === undefined ? {} : callersKey(key)
  const facts = { ...about, cause: reason }
  if (reason instanceof RecordUnreadable) return unreadable(key, reason.message, address, facts)
  if (isOncekitError(reason, 'REDIS_CLOSED')) return closedError(address, reason)
  const message = unavailableMessage(reason, address)
  return isOncekitError(reason, 'REDIS_QUEUE_FULL')
    ? new StoreOverloadedError(message, facts)
    : new OnceError('ONCE_STORE_UNAVAILABLE', message, facts)
}

export function closedError(address: string, cause?: unknown): OnceError {
  const facts = cause === undefined ? {} : { cause }
  return new OnceError('ONCE_CLOSED', `the store of ${address} is closed`, facts)
}

/** What the server said, about one key or about the whole call. */
function replyError(reply: RedisReplyError, key: string | undefined, address: string): OnceError {
  const about = key === undefined ? {} : callersKey(key)
  const facts = { ...about, cause: reply }
  switch (reply.code) {
    case 'UNREADABLE':
      return unreadable(key, said(reply), address, facts)
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
        `Redis at ${address} refused: ${reply.message}${nextStep(reply)}`,
        facts,
      )
  }
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
  const why = reason instanceof Error ? reason.message : String(reason)
  return `Redis at ${address} could not be used: ${why}; check that it runs and can be reached`
}

/** Behind the code, without what Redis adds about the script. */
function said(reply: RedisReplyError): string {
  return reply.message.slice(reply.code.length + 1).replace(/ script: [0-9a-f]{40}, on @.*$/, '')
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
