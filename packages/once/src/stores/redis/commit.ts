import type { RedisReply } from '@oncekit/redis'

import { HEADER_BYTES, HEAD_BYTES } from '../../record.ts'
import type { OnceRecord } from '../../record.ts'
import type { CommitAnswer, CommitRequest } from '../../store.ts'
import {
  CLOCK,
  HEADER_NAMES,
  IS_OPEN,
  PRELUDE,
  PRINTING,
  WAKE,
  bytesUpTo,
  missing,
  parse,
  print,
} from './lua.ts'
import { expiryMs } from './numbers.ts'
import { word } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
import type { Verb } from './verb.ts'

/** What the request asks for. Most requests of a batch ask for the same. */
const TERMS = `
  local _
  _, newState, asked, newCodec, _, newMetaSize, expected, ttl = unpack(HEADER, head)
  ${print('ttl')}
`

/** Of the old record only the header is of interest. */
const INTEREST_BYTES = 1024

const PARSE = `
${HEADER_NAMES}
${parse(INTEREST_BYTES)}
${missing('LOST')}
`

/** What the next of the batch may do without {@link PARSE}: the head of a running record, and what took its place. */
const REMEMBER = `
if state == EXECUTING and flags % 4 == 0 and codec == 0 and asked % 2 == 0 and newState ~= INDETERMINATE then
  replaced[sub(bytes, 1, ${HEAD_BYTES})] = header
  if ${HEADER_BYTES} + metaSize > least then least = ${HEADER_BYTES} + metaSize end
end
`

/**
 * Writes outcomes, and wakes who waits for them.
 *
 * KEYS[1 … n]   records
 * ARGV          proto-records, of a batch in columns: state, codec, token, meta and body of the outcome; `at` is the time to live in
 *               ms; the flag `effect` says that the record has to be indeterminate with this fence, instead of being the token's
 *
 * Returns n answers: 0 lost, 1 committed; or the error of this key. Of a batch that was committed as a whole, one answer for all.
 */
export const commitScript: PerKeyScript = perKeyScript({
  name: 'once-commit',
  head: `${PRELUDE}${CLOCK}${PRINTING}
local LOST, COMMITTED = 0, 1
local newState, asked, newCodec, newMetaSize, expected, ttl
`,
  body: `
local bytes = ${bytesUpTo(INTEREST_BYTES)}
${PARSE}
local head = request
${TERMS}
local identity = sub(request, 25, 56)
${settle('sub(request, 57)')}
`,
  batch: {
    before: `
local terms, replaced, least
`,
    body: `
if head ~= terms then
  ${TERMS}
  terms, replaced, least = head, {}, 1
end
local bytes = ${bytesUpTo(INTEREST_BYTES)}
-- What was claimed together is mostly committed together: then the heads are alike, and so are those that take their place.
local newHead = #bytes >= least and replaced[sub(bytes, 1, ${HEAD_BYTES})]
if newHead then
  local kept = sub(bytes, 25, 56)
  if kept == identity or sub(kept, 1, 16) == sub(identity, 1, 16) then
    local put = call('SET', key, newHead .. kept .. content, 'PX', text)
    return put.err and put or COMMITTED
  end
end
${PARSE}
${settle('content', REMEMBER)}
`,
    after: `
local all = true
for i = 1, n do all = all and answers[i] == COMMITTED end
if all then return COMMITTED end
`,
  },
})

/** `content` is the request's; `settled` is done for what was written. */
function settle(content: string, settled = ''): string {
  return `
local kept = sub(bytes, 25, 56)
local own = kept == identity or sub(kept, 1, 16) == sub(identity, 1, 16)
if asked % 2 == 1 then
  if own and not ${IS_OPEN} and state ~= RELEASED then return COMMITTED end
  if state ~= INDETERMINATE or fence ~= expected then return LOST end
  kept = sub(identity, 1, 16) .. sub(kept, 17)
else
  if not own or state == RELEASED then return LOST end
  if not ${IS_OPEN} then return COMMITTED end
end

local newFlags = flags >= 4 and 4 or 0
-- Nobody knows whether it happened: should its owner extend once more, the key is still never re-run by itself.
if newState == INDETERMINATE then newFlags = newFlags + 1 end
local header = pack(HEADER, 1, newState, newFlags, newCodec, attempt, newMetaSize, fence, nowMs)
local put
if newState == INDETERMINATE then
  put = call('SET', key, header .. kept .. ${content})
else
  put = call('SET', key, header .. kept .. ${content}, 'PX', text)
end
if put.err then return put end
${WAKE}
${settled}
return COMMITTED
`
}

export const commitVerb: Verb<CommitRequest, CommitAnswer> = {
  script: commitScript,
  argument: commitArgument,
  answer: commitAnswer,
}

function commitArgument(request: CommitRequest): OnceRecord {
  const { outcome, expect } = request
  return {
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
  }
}

function commitAnswer(reply: RedisReply): CommitAnswer {
  return word('commit', ['lost', 'committed'] as const, reply)
}
