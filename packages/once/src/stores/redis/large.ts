import type { RedisPort } from '@oncekit/redis'

import * as machine from '../../machine.ts'
import type { ClaimAnswer, ClaimRequest, StoredRecord } from '../../store.ts'
import { storeError } from './errors.ts'
import { readScript, readVerb } from './read.ts'
import { LARGE, UnexpectedReply } from './reply.ts'

/** Reads a record of any size, alone. */
export async function readLarge(port: RedisPort, key: string): Promise<StoredRecord | undefined> {
  try {
    const stored = readVerb.answer(await port.run(readScript.one, [key], ['large']))
    if (stored === LARGE) throw new UnexpectedReply('read', -1)
    return stored
  } catch (error) {
    throw storeError(error, key, port.address)
  }
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
  const stored = await readLarge(port, request.key)
  if (stored === undefined) return again()
  // Where there is no lease, no verdict on it is asked for.
  const nowMs = stored.record.atMs - stored.leaseLeftMs
  const step = machine.claim(stored.record, request, { leaseMs: nowMs, wallMs: nowMs }, 0)
  return step.write === undefined ? step.answer : again()
}
