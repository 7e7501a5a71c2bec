import { RedisReplyError } from '@oncekit/redis'
import type { RedisPort } from '@oncekit/redis'

import * as machine from '../../machine.ts'
import type { ClaimAnswer, ClaimRequest, StoredRecord } from '../../store.ts'
import { storeError } from './errors.ts'
import { readScript, readVerb } from './read.ts'
import { LARGE, UnexpectedReply, isList } from './reply.ts'

/** Reads a record of any size, alone. */
export async function readLarge(port: RedisPort, key: string): Promise<StoredRecord | undefined> {
  const { stored } = await fetchAlone(port, key)
  return stored
}

/**
 * What a claim is told that met a large record. The record may have changed since: what the claim would have to write now, `again`
 * claims for.
 */
export async function claimLarge(
  port: RedisPort,
  request: ClaimRequest,
  again: () => Promise<ClaimAnswer>,
): Promise<ClaimAnswer> {
  const { stored, nowMs } = await fetchAlone(port, request.key)
  const step = machine.claim(stored?.record, request, { leaseMs: nowMs, wallMs: nowMs }, 0)
  return step.write === undefined ? step.answer : again()
}

async function fetchAlone(
  port: RedisPort,
  key: string,
): Promise<{ readonly stored: StoredRecord | undefined; readonly nowMs: number }> {
  try {
    const replies = await port.run(readScript, [key], ['large'])
    const [reply, nowMs] = isList(replies) ? replies : []
    if (reply instanceof RedisReplyError) throw reply
    if (reply === undefined || typeof nowMs !== 'number') throw new UnexpectedReply('read', replies)
    const stored = readVerb.answer(reply, nowMs)
    if (stored === LARGE) throw new UnexpectedReply('read', replies)
    return { stored, nowMs }
  } catch (error) {
    throw storeError(error, key, port.address)
  }
}
