import { defineScript } from '@oncekit/redis'
import type { RedisReply, RedisScript } from '@oncekit/redis'

import type { TouchAnswer } from '../../store.ts'
import { LOAD, PRELUDE, missing } from './lua.ts'
import { expiryMs } from './numbers.ts'
import { word } from './reply.ts'
import type { Verb } from './verb.ts'

export interface TouchRequest {
  readonly key: string
  readonly ttlMs: number
}

/**
 * Sets how long records that are not executing are kept from now on.
 *
 * KEYS[1 … n]   records
 * ARGV[1 … n]   times to live, in ms
 *
 * Returns n answers: 0 none, 1 touched, 2 executing; or the error of this key.
 */
export const touchScript: RedisScript = defineScript(
  'once-touch',
  `${PRELUDE}
local NONE, TOUCHED, UNDECIDED = 0, 1, 2

local function touch(key, ttl)
  ${LOAD}
  ${missing('NONE')}
  if state == RELEASED then return NONE end
  if state == EXECUTING or state == INDETERMINATE then return UNDECIDED end
  local set = call('PEXPIRE', key, ttl)
  if type(set) == 'table' then return set end
  return TOUCHED
end

local answers = {}
for i = 1, #KEYS do answers[i] = touch(KEYS[i], ARGV[i]) end
return answers
`,
)

export const touchVerb: Verb<TouchRequest, TouchAnswer> = {
  script: touchScript,
  argument: touchArgument,
  answer: touchAnswer,
}

function touchArgument(request: TouchRequest): string {
  return String(expiryMs(request.ttlMs))
}

function touchAnswer(reply: RedisReply): TouchAnswer {
  return word('touch', ['none', 'touched', 'executing'] as const, reply)
}
