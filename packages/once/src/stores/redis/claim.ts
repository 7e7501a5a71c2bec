import type { RedisReply } from '@oncekit/redis'

import { decodeRecord, encodeRecord } from '../../record.ts'
import type { ClaimAnswer, ClaimRequest } from '../../store.ts'
import {
  CLOCK,
  LOAD,
  LOAD_WHOLE,
  PRELUDE,
  PRINTING,
  SPLICES,
  WAKE,
  WHOLE_BYTES,
  print,
} from './lua.ts'
import { expiryMs, leaseMs } from './numbers.ts'
import { LARGE, UnexpectedReply, isList } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
import type { Verb } from './verb.ts'

/** Moves the bucket's fence on: `newFence`, or `failed`. */
const NEXT_FENCE = `
    local newFence, failed = nowUs, nil
    local last = call('SET', fenceKey, nowText, 'GET')
    if type(last) == 'table' then
      failed = last
    elseif last then
      last = tonumber(last)
      if last and last >= nowUs and last < 9007199254740991 then
        newFence = last + 1
        local moved = call('SET', fenceKey, format('%.0f', newFence))
        if moved.err then failed = moved end
      end
    end
`

/**
 * Claims keys, or tells what became of them.
 *
 * KEYS[1 … n]       records
 * KEYS[n+1 … 2n]    the last fence of each record's bucket
 * ARGV[1 … n]       proto-records: the record to write, where attempt is the limit of attempts (0: none), the flag `waiters` asks to
 *                   be woken, fence is the lease and `at` the time to live, both in ms
 *
 * Returns n answers:
 *   integer > 0      claimed with this fence, first attempt
 *   0                mismatch
 *   -1               a large record, to be fetched alone
 *   bytes            done: the record (what this claim itself ended comes whole whatever its size: fetched later it might tell
 *                    another story)
 *   {bytes, ms}      executing: the record, and what is left of its lease
 *   {fence, attempt, takeover, codec, body}
 *                    claimed; without codec and body there is no progress
 *   error            of this key
 */
export const claimScript: PerKeyScript = perKeyScript({
  name: 'once-claim',
  fenced: true,
  head: `${PRELUDE}${CLOCK}${PRINTING}
local nowText = time[1] .. sub('00000' .. time[2], -6)
`,
  body: `
local _, newState, asked, newCodec, limit, newMetaSize, lease, ttl = unpack(HEADER, request)
local committing, hasFingerprint = newState ~= EXECUTING, asked >= 4
local newFlags = hasFingerprint and 4 or 0
local newAt, kept = nowMs + lease, lease + ttl
if committing then newAt, kept = nowMs, ttl end
${print('kept')}

-- Mostly there is nothing yet. What is done can be told even by a server that takes no writes: its error is kept for later.
local set
local header = pack(HEADER, 1, newState, newFlags, newCodec, 1, newMetaSize, nowUs, newAt)
if ${SPLICES} then
  set = call('SET', key, header .. sub(request, 25), 'NX', 'PX', text)
else
  set = call('SET', key, request, 'NX', 'PX', text)
  if set and not set.err then call('SETRANGE', key, '0', header) end
end
if set and not set.err then
  ${NEXT_FENCE}
  if failed then
    call('DEL', key)
    return failed
  end
  if newFence ~= nowUs then call('SETRANGE', key, '8', pack('>I8', newFence)) end
  return newFence
end

${LOAD}
if bytes == '' then return set or {err = 'UNREADABLE record of 0 bytes'} end

local released = state == RELEASED
if not released then
  local answer = #bytes > ${WHOLE_BYTES} and -1 or bytes
  if sub(bytes, 25, 40) == sub(request, 25, 40) then
    if committing then return {fence, attempt, 0} end
    if state ~= EXECUTING then return answer end
    if codec == 0 then return {fence, attempt, 0} end
    ${LOAD_WHOLE}
    return {fence, attempt, 0, codec, sub(bytes, 57 + metaSize)}
  end
  if flags >= 4 and hasFingerprint and sub(bytes, 41, 56) ~= sub(request, 41, 56) then return 0 end
  if state ~= EXECUTING then return answer end
  if at > nowMs then
    local wait = asked % 4 >= 2
    if wait and flags % 4 < 2 then
      local marked = call('SETRANGE', key, '2', string.char(flags + 2))
      if type(marked) == 'table' then return marked end
    end
    if answer == -1 then return answer end
    return {bytes, at - nowMs}
  end
end

${LOAD_WHOLE}
local fingerprintFlag = flags >= 4 and 4 or 0
-- What a released record remembers is about one payload: another one starts anew.
local anew = released and flags >= 4 and hasFingerprint and sub(bytes, 41, 56) ~= sub(request, 41, 56)
if anew then attempt, codec, bytes, metaSize, fingerprintFlag = 0, 0, '', 0, 0 end
if not released and flags % 2 == 1 then
  local suspended = pack(HEADER, 1, INDETERMINATE, fingerprintFlag + 1, codec, attempt, metaSize, fence, nowMs) .. sub(bytes, 25)
  local put = call('SET', key, suspended)
  if put.err then return put end
  ${WAKE}
  return suspended
end

local exhausted = limit > 0 and attempt >= limit
if exhausted and not anew then
  local token = released and string.rep('\\0', 16) or sub(bytes, 25, 40)
  local ended = pack(HEADER, 1, EXHAUSTED, fingerprintFlag, codec, attempt, metaSize, fence, nowMs) .. token .. sub(bytes, 41)
  ${print('ttl')}
  local put = call('SET', key, ended, 'PX', text)
  if put.err then return put end
  ${WAKE}
  return ended
end

${NEXT_FENCE}
if failed then return failed end

local identity, content = sub(request, 25, 56), sub(request, 57)
if not hasFingerprint and fingerprintFlag == 4 then
  newFlags = 4
  identity = sub(request, 25, 40) .. sub(bytes, 41, 56)
end
local progress
if not committing then
  if not released and flags % 4 >= 2 then newFlags = newFlags + 2 end
  newCodec, progress = codec, sub(bytes, 57 + metaSize)
  content = content .. progress
end
local newAttempt = attempt < 65535 and attempt + 1 or attempt
header = pack(HEADER, 1, newState, newFlags, newCodec, newAttempt, newMetaSize, newFence, newAt)
local put = call('SET', key, header .. identity .. content, 'PX', text)
if put.err then return put end
local takeover = released and 0 or 1
if committing then
  ${WAKE}
  return {newFence, newAttempt, takeover}
end
if codec == 0 then return {newFence, newAttempt, takeover} end
return {newFence, newAttempt, takeover, codec, progress}
`,
})

export const claimVerb: Verb<ClaimRequest, ClaimAnswer> = {
  script: claimScript,
  argument: claimArgument,
  answer: claimAnswer,
}

function claimArgument(request: ClaimRequest): Buffer {
  const { outcome, attemptLimit } = request
  return encodeRecord({
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
  })
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
