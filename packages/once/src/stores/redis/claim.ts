import type { RedisReply } from '@oncekit/redis'

import { decodeRecord } from '../../record.ts'
import type { OnceRecord } from '../../record.ts'
import type { ClaimAnswer, ClaimRequest } from '../../store.ts'
import { GRANTED, TELL, TERMS, TERM_NAMES, meet } from './claim-parts.ts'
import {
  BATCH_OF_FENCES,
  FENCE_TIME,
  NEXT_FENCE,
  NEXT_FENCE_OF_BATCH,
  NEXT_FENCE_OF_BATCH_NOW,
  WRITE_FENCES,
} from './fences.ts'
import {
  CLOCK,
  EMPTY,
  HEADER_NAMES,
  PRELUDE,
  PRINTING,
  WHOLE_BYTES,
  bytesUpTo,
  parse,
} from './lua.ts'
import { expiryMs, leaseMs } from './numbers.ts'
import { LARGE, UnexpectedReply, isList } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
import type { Verb } from './verb.ts'

/**
 * Claims keys, or tells what became of them.
 *
 * KEYS[1 … n]       records
 * KEYS[n+1 … 2n]    the last fence of each record's bucket
 * ARGV              proto-records, of a batch in columns: the record to write, where attempt is the limit of attempts (0: none), the
 *                   flag `waiters` asks to be woken, fence is the lease and `at` the time to live, both in ms
 *
 * Returns n answers:
 *   integer > 0      claimed with this fence, first attempt
 *   0                mismatch
 *   -1               a large record met by a batch, to be fetched alone
 *   bytes            done: the record (what this claim itself ended comes whole whatever its size: fetched later it might tell
 *                    another story)
 *   {bytes, ms}      executing: the record, and what is left of its lease
 *   {fence, attempt, takeover, codec, body}
 *                    claimed; without codec and body there is no progress
 *   error            of this key
 * or, of a batch of which all were granted for the first time, their fences in short.
 */
export const claimScript: PerKeyScript = perKeyScript({
  name: 'once-claim',
  fenced: true,
  head: `local spread = unpack
${PRELUDE}${PRINTING}${TERM_NAMES}
`,
  // What is done is told without asking for the time.
  body: `
local bytes = call('GET', key)
${HEADER_NAMES}
local identity, released, answer
if bytes then
  ${parse(WHOLE_BYTES)}
  ${EMPTY}
  _, newState, asked = string.byte(request, 1, 3)
  committing, hasFingerprint = newState ~= EXECUTING, asked >= 4
  identity, released, answer = sub(request, 25, 56), state == RELEASED, bytes
  ${TELL}
end
${CLOCK}
local head = request
${TERMS}${FENCE_TIME}
if not bytes then
  local set = call('SET', key, header .. sub(request, 25), 'PX', kept)
  if set.err then return set end
  ${NEXT_FENCE}
  ${GRANTED}
  return newFence
end
${meet(NEXT_FENCE, 'sub(request, 57)')}
`,
  batch: {
    before: `${CLOCK}${FENCE_TIME}${BATCH_OF_FENCES}
local terms, met
local offsets, granted = {}, 0
`,
    // Mostly there is nothing yet; but beside a record there is often another, then it is read first.
    body: `
if head ~= terms then
  ${TERMS}
  terms = head
end
local bytes, set
if met then bytes = ${bytesUpTo(WHOLE_BYTES)} end
if not met or bytes == '' then
  set = call('SET', key, header .. identity .. content, 'NX', 'PX', kept)
  if set and not set.err then
    met = false
    ${NEXT_FENCE_OF_BATCH}
    ${GRANTED}
    local offset = newFence - nowUs
    if offset < 256 then
      granted = granted + 1
      offsets[granted] = offset == 0 and '\\0' or string.char(offset)
    end
    return newFence
  end
end
-- What is done can be told even by a server that takes no writes.
if not bytes then bytes = ${bytesUpTo(WHOLE_BYTES)} end
${HEADER_NAMES}
${parse(WHOLE_BYTES)}
if bytes == '' and set then return set end
${EMPTY}
met = true
local released, answer = state == RELEASED, #bytes > ${WHOLE_BYTES} and -1 or bytes
${TELL}
${meet(NEXT_FENCE_OF_BATCH_NOW, 'content')}
`,
    after: `${WRITE_FENCES}
-- Mostly all were granted: their fences as bytes to be added to the time, see repliesIn().
if granted == n then return nowText .. table.concat(offsets) end
`,
  },
})

export const claimVerb: Verb<ClaimRequest, ClaimAnswer> = {
  script: claimScript,
  argument: claimArgument,
  answer: claimAnswer,
}

function claimArgument(request: ClaimRequest): OnceRecord {
  const { outcome, attemptLimit } = request
  return {
    state: outcome === undefined ? 'executing' : outcome.state,
    // No record counts further than two bytes.
    attempt: attemptLimit > 65_535 ? 0 : attemptLimit,
    fence: leaseMs(request.leaseMs),
    token: request.token,
    fingerprint: request.fingerprint,
    effect: false,
    waiters: request.wait,
    atMs: expiryMs(request.ttlMs),
    meta: request.holder,
    codec: outcome === undefined ? 0 : outcome.codec,
    body: outcome === undefined ? '' : outcome.body,
  }
}

function claimAnswer(reply: RedisReply): ClaimAnswer | typeof LARGE {
  if (typeof reply === 'number') {
    if (reply > 0) return { status: 'claimed', fence: reply, attempt: 1, takeover: false }
    return reply === 0 ? { status: 'mismatch' } : LARGE
  }
  if (Buffer.isBuffer(reply)) return { status: 'done', record: decodeRecord(reply) }
  const [first, second, takeover, codec, body] = isList(reply) ? reply : []
  if (typeof second !== 'number') throw new UnexpectedReply('claim', reply)
  if (Buffer.isBuffer(first)) {
    return { status: 'executing', record: decodeRecord(first), leaseLeftMs: second }
  }
  if (typeof first !== 'number') throw new UnexpectedReply('claim', reply)
  const [fence, attempt] = [first, second]
  const claimed = { status: 'claimed', fence, attempt, takeover: takeover === 1 } as const
  if (typeof codec !== 'number' || !Buffer.isBuffer(body)) return claimed
  return { ...claimed, progress: { codec, body } }
}
