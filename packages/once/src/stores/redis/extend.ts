import type { RedisReply } from '@oncekit/redis'

import { encodeRecord } from '../../record.ts'
import type { ExtendAnswer, ExtendRequest } from '../../store.ts'
import { CLOCK, IS_OPEN, LOAD, LOAD_WHOLE, PRELUDE, PRINTING, missing, print } from './lua.ts'
import { expiryMs, leaseMs } from './numbers.ts'
import { word } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
import type { Verb } from './verb.ts'

/**
 * Pushes leases out.
 *
 * KEYS[1 … n]   records
 * ARGV[1 … n]   proto-records: token; the flag `effect` declares it; the flag `waiters` says that codec and body replace the
 *               progress; fence is the lease and `at` the time to live, both in ms
 *
 * Returns n answers: 0 lost, 1 extended, 2 settled; or the error of this key.
 */
export const extendScript: PerKeyScript = perKeyScript({
  name: 'once-extend',
  head: `${PRELUDE}${CLOCK}${PRINTING}
local LOST, EXTENDED, SETTLED = 0, 1, 2
`,
  body: `
${LOAD}
${missing('LOST')}
if state == RELEASED or sub(bytes, 25, 40) ~= sub(request, 25, 40) then return LOST end
if not ${IS_OPEN} then return SETTLED end

local _, _, asked, newCodec, _, _, lease, ttl = unpack(HEADER, request)
local effect = flags % 2 == 1 or asked % 2 == 1
local newFlags = effect and flags % 2 == 0 and flags + 1 or flags
local kept = lease + ttl
${print('kept')}
if asked % 4 < 2 then
  -- Everything behind the header stays where it is.
  local header = pack(HEADER, 1, EXECUTING, newFlags, codec, attempt, metaSize, fence, nowMs + lease)
  local set = call('SETRANGE', key, '0', header)
  if type(set) == 'table' then return set end
  if effect then call('PERSIST', key) else call('PEXPIRE', key, text) end
  return EXTENDED
end

${LOAD_WHOLE}
local header = pack(HEADER, 1, EXECUTING, newFlags, newCodec, attempt, metaSize, fence, nowMs + lease)
local extended = header .. sub(bytes, 25, 56 + metaSize) .. sub(request, 57)
local put
if effect then put = call('SET', key, extended) else put = call('SET', key, extended, 'PX', text) end
if put.err then return put end
return EXTENDED
`,
})

export const extendVerb: Verb<ExtendRequest, ExtendAnswer> = {
  script: extendScript,
  argument: extendArgument,
  answer: extendAnswer,
}

function extendArgument(request: ExtendRequest): Buffer {
  const progress = request.patch?.progress
  return encodeRecord({
    state: 'executing',
    attempt: 0,
    fence: leaseMs(request.leaseMs),
    token: request.token,
    fingerprint: '',
    effect: request.patch?.effect === true,
    waiters: progress !== undefined,
    atMs: expiryMs(request.ttlMs),
    meta: '',
    codec: progress?.codec ?? 0,
    body: progress?.body ?? '',
  })
}

function extendAnswer(reply: RedisReply): ExtendAnswer {
  return word('extend', ['lost', 'extended', 'settled'] as const, reply)
}
