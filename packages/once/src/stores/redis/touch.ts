import type { RedisReply } from '@oncekit/redis'

import type { TouchAnswer } from '../../store.ts'
import { LOAD, PRELUDE, missing } from './lua.ts'
import { expiryMs } from './numbers.ts'
import { word } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
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
export const touchScript: PerKeyScript = perKeyScript({
  name: 'once-touch',
  head: `${PRELUDE}
local NONE, TOUCHED, UNDECIDED = 0, 1, 2
`,
  body: `
${LOAD}
${missing('NONE')}
if state == RELEASED then return NONE end
if state == EXECUTING or state == INDETERMINATE then return UNDECIDED end
local set = call('PEXPIRE', key, request)
if type(set) == 'table' then return set end
return TOUCHED
`,
})

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
