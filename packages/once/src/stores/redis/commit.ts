import type { RedisReply } from '@oncekit/redis'

import { encodeRecord } from '../../record.ts'
import type { CommitAnswer, CommitRequest } from '../../store.ts'
import { CLOCK, IS_OPEN, LOAD, PRELUDE, PRINTING, SPLICES, WAKE, missing, print } from './lua.ts'
import { expiryMs } from './numbers.ts'
import { word } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
import type { Verb } from './verb.ts'

/**
 * Writes outcomes, and wakes who waits for them.
 *
 * KEYS[1 … n]   records
 * ARGV[1 … n]   proto-records: state, codec, token, meta and body of the outcome; `at` is the time to live in ms; the flag `effect`
 *               says that the record has to be indeterminate with this fence, instead of being the token's
 *
 * Returns n answers: 0 lost, 1 committed; or the error of this key.
 */
export const commitScript: PerKeyScript = perKeyScript({
  name: 'once-commit',
  head: `${PRELUDE}${CLOCK}${PRINTING}
local LOST, COMMITTED = 0, 1
`,
  body: `
${LOAD}
${missing('LOST')}
local _, newState, asked, newCodec, _, newMetaSize, expected, ttl = unpack(HEADER, request)
local own = sub(bytes, 25, 40) == sub(request, 25, 40)
if asked % 2 == 1 then
  if own and not ${IS_OPEN} and state ~= RELEASED then return COMMITTED end
  if state ~= INDETERMINATE or fence ~= expected then return LOST end
else
  if not own or state == RELEASED then return LOST end
  if not ${IS_OPEN} then return COMMITTED end
end

-- Nobody knows whether it happened: should its owner extend once more, the key is still never re-run by itself.
local newFlags = newState == INDETERMINATE and 1 or 0
local header
if flags >= 4 then
  header = pack(HEADER, 1, newState, newFlags + 4, newCodec, attempt, newMetaSize, fence, nowMs)
  header = header .. sub(request, 25, 40) .. sub(bytes, 41, 56)
else
  header = pack(HEADER, 1, newState, newFlags, newCodec, attempt, newMetaSize, fence, nowMs)
end
local spliced = ${SPLICES}
local done = spliced and header .. sub(request, #header + 1) or request
local put
if newState == INDETERMINATE then
  put = call('SET', key, done)
else
  ${print('ttl')}
  put = call('SET', key, done, 'PX', text)
end
if put.err then return put end
if not spliced then call('SETRANGE', key, '0', header) end
${WAKE}
return COMMITTED
`,
})

export const commitVerb: Verb<CommitRequest, CommitAnswer> = {
  script: commitScript,
  argument: commitArgument,
  answer: commitAnswer,
}

function commitArgument(request: CommitRequest): Buffer {
  const { outcome, expect } = request
  return encodeRecord({
    state: outcome.state,
    attempt: 0,
    fence: expect?.fence ?? 0,
    token: request.token,
    fingerprint: '',
    effect: expect !== undefined,
    waiters: false,
    atMs: expiryMs(request.ttlMs),
    meta: request.meta,
    codec: outcome.codec,
    body: outcome.body,
  })
}

function commitAnswer(reply: RedisReply): CommitAnswer {
  return word('commit', ['lost', 'committed'] as const, reply)
}
