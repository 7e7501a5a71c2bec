import type { RedisReply } from '@oncekit/redis'

import { decodeRecord } from '../../record.ts'
import type { StoredRecord } from '../../store.ts'
import { CLOCK, LOAD, PRELUDE, WHOLE_BYTES, missing } from './lua.ts'
import { LARGE, UnexpectedReply, isList } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
import type { Verb } from './verb.ts'

export interface ReadRequest {
  readonly key: string
}

/**
 * Reads records.
 *
 * KEYS[1 … n]   records
 * ARGV[1]       optional: `large` reads large records too
 *
 * Returns n answers:
 *   nil          none
 *   array        {bytes, what is left of its time to live in ms (-1: no limit), the store's time in ms}
 *   -1           a large record, to be fetched alone
 *   error        of this key
 */
export const readScript: PerKeyScript = perKeyScript({
  name: 'once-read',
  head: `${PRELUDE}${CLOCK}
`,
  body: `
${LOAD}
${missing('false')}
if #bytes > ${WHOLE_BYTES} then
  if ARGV[1] ~= 'large' then return -1 end
  bytes = call('GET', key)
end
return {bytes, call('PTTL', key), nowMs}
`,
})

export const readVerb: Verb<ReadRequest, StoredRecord | undefined> = {
  script: readScript,
  answer: readAnswer,
}

function readAnswer(reply: RedisReply): StoredRecord | undefined | typeof LARGE {
  if (reply === null) return undefined
  if (reply === -1) return LARGE
  const [bytes, leftMs, nowMs] = isList(reply) ? reply : []
  if (!Buffer.isBuffer(bytes) || typeof leftMs !== 'number' || typeof nowMs !== 'number')
    throw new UnexpectedReply('read', reply)
  const record = decodeRecord(bytes)
  return {
    record,
    expiresInMs: leftMs < 0 ? undefined : leftMs,
    leaseLeftMs: record.state === 'executing' ? record.atMs - nowMs : 0,
  }
}
