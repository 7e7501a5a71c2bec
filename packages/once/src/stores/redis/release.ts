import type { RedisReply } from '@oncekit/redis'

import { encodeRecord } from '../../record.ts'
import type { ReleaseAnswer, ReleaseRequest } from '../../store.ts'
import { CLOCK, IS_OPEN, LOAD, LOAD_WHOLE, PRELUDE, PRINTING, WAKE, missing, print } from './lua.ts'
import { expiryMs } from './numbers.ts'
import { word } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
import type { Verb } from './verb.ts'

/**
 * Gives keys back without an outcome, and wakes who waits for one.
 *
 * KEYS[1 … n]   records
 * ARGV[1 … n]   proto-records: token; with the flag `waiters` the attempts are kept, with this meta, for `at` ms
 *
 * Returns n answers: 0 lost, 1 released; or the error of this key.
 */
export const releaseScript: PerKeyScript = perKeyScript({
  name: 'once-release',
  head: `${PRELUDE}${CLOCK}${PRINTING}
local LOST, DONE = 0, 1
`,
  body: `
${LOAD}
${missing('DONE')}
if state == RELEASED then return DONE end
if not ${IS_OPEN} or sub(bytes, 25, 40) ~= sub(request, 25, 40) then return LOST end
-- An effect that was declared is not forgotten by giving the key back: its owner has to commit.
if flags % 2 == 1 then return LOST end

local _, _, asked, _, _, newMetaSize, _, ttl = unpack(HEADER, request)
if asked % 4 < 2 then
  local gone = call('DEL', key)
  if type(gone) == 'table' then return gone end
else
  ${LOAD_WHOLE}
  local header = pack(HEADER, 1, RELEASED, flags >= 4 and 4 or 0, codec, attempt, newMetaSize, fence, nowMs)
  local kept = header .. sub(bytes, 25, 56) .. sub(request, 57) .. sub(bytes, 57 + metaSize)
  ${print('ttl')}
  local put = call('SET', key, kept, 'PX', text)
  if put.err then return put end
end
${WAKE}
return DONE
`,
})

export const releaseVerb: Verb<ReleaseRequest, ReleaseAnswer> = {
  script: releaseScript,
  argument: releaseArgument,
  answer: releaseAnswer,
}

function releaseArgument(request: ReleaseRequest): Buffer {
  const { keep } = request
  return encodeRecord({
    state: 'released',
    attempt: 0,
    fence: 0,
    token: request.token,
    fingerprint: '',
    effect: false,
    waiters: keep !== undefined,
    atMs: keep === undefined ? 0 : expiryMs(keep.ttlMs),
    meta: keep?.meta ?? '',
    codec: 0,
    body: '',
  })
}

function releaseAnswer(reply: RedisReply): ReleaseAnswer {
  return word('release', ['lost', 'released'] as const, reply)
}
