import { LOAD_WHOLE, WAKE, print } from './lua.ts'

/** Before the keys: {@link TERMS}. */
export const TERM_NAMES: string = `
local _, newState, asked, newCodec, limit, newMetaSize, lease, ttl
local committing, hasFingerprint, newAt, kept, header
`

/** What `head` asks for, `header` of a new record among it. Most requests of a batch ask for the same. */
export const TERMS: string = `
  _, newState, asked, newCodec, limit, newMetaSize, lease, ttl = unpack(HEADER, head)
  committing, hasFingerprint = newState ~= EXECUTING, asked >= 4
  local expiry = lease + ttl
  newAt = nowMs + lease
  if committing then newAt, expiry = nowMs, ttl end
  ${print('expiry')}
  kept = text
  header = pack(HEADER, 1, newState, hasFingerprint and 4 or 0, newCodec, 1, newMetaSize, nowUs, newAt)
`

/** A new record is there, with the store's time as its fence. */
export const GRANTED: string = `
  if newFence ~= nowUs and not failed then
    local stamped = call('SETRANGE', key, '8', pack('>I8', newFence))
    if type(stamped) == 'table' then failed = stamped end
  end
  if failed then
    call('DEL', key)
    return failed
  end
`

/** A run that is over, a claim sent again, another payload: `answer`, or what else is told whatever the time is. */
export const TELL: string = `
if not released then
  if sub(bytes, 25, 40) == sub(identity, 1, 16) then
    if committing then return {fence, attempt, 0} end
    if state ~= EXECUTING then return answer end
    if codec == 0 then return {fence, attempt, 0} end
    ${LOAD_WHOLE}
    return {fence, attempt, 0, codec, sub(bytes, 57 + metaSize)}
  end
  if flags >= 4 and hasFingerprint and sub(bytes, 41, 56) ~= sub(identity, 17, 32) then return 0 end
  if state ~= EXECUTING then return answer end
end
`

/** A run that is not over, or was given up. `given` is the request's content. */
export function meet(nextFence: string, given: string): string {
  return `
if not released and at > nowMs then
  local wait = asked % 4 >= 2
  if wait and flags % 4 < 2 then
    local marked = call('SETRANGE', key, '2', string.char(flags + 2))
    if type(marked) == 'table' then return marked end
  end
  if answer == -1 then return answer end
  return {bytes, at - nowMs}
end

${LOAD_WHOLE}
local fingerprintFlag = flags >= 4 and 4 or 0
-- What a released record remembers is about one payload: another one starts anew.
local anew = released and flags >= 4 and hasFingerprint and sub(bytes, 41, 56) ~= sub(identity, 17, 32)
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

${nextFence}
if failed then return failed end

local content = ${given}
local newFlags, contentCodec = hasFingerprint and 4 or 0, newCodec
if not hasFingerprint and fingerprintFlag == 4 then
  newFlags = 4
  identity = sub(identity, 1, 16) .. sub(bytes, 41, 56)
end
local progress
if not committing then
  if not released and flags % 4 >= 2 then newFlags = newFlags + 2 end
  contentCodec, progress = codec, sub(bytes, 57 + metaSize)
  content = content .. progress
end
local newAttempt = attempt < 65535 and attempt + 1 or attempt
local newHeader = pack(HEADER, 1, newState, newFlags, contentCodec, newAttempt, newMetaSize, newFence, newAt)
local put = call('SET', key, newHeader .. identity .. content, 'PX', kept)
if put.err then return put end
local takeover = released and 0 or 1
if committing then
  ${WAKE}
  return {newFence, newAttempt, takeover}
end
if codec == 0 then return {newFence, newAttempt, takeover} end
return {newFence, newAttempt, takeover, codec, progress}
`
}
