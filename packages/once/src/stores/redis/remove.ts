import type { RedisReply } from '@oncekit/redis'

import { RECORD_VERSION, STATE_CODES } from '../../record.ts'
import type { RemoveAnswer, RemoveExpectation } from '../../store.ts'
import { CLOCK, LOAD, PRELUDE, WAKE, missing } from './lua.ts'
import { word } from './reply.ts'
import { perKeyScript } from './per-key.ts'
import type { PerKeyScript } from './per-key.ts'
import type { Verb } from './verb.ts'

export interface RemoveRequest {
  readonly key: string
  readonly expect: RemoveExpectation | undefined
}

/**
 * Removes records, and wakes who waits for their outcome.
 *
 * KEYS[1 … n]   records
 * ARGV[1 … n]   `idle`; or state and fence that the record has to have; or '' for whatever is there, also what cannot be read or is no record
 *               at all: this is how an operator mends a key
 *
 * Returns n answers: 0 none, 1 removed, 2 executing, 3 indeterminate, 4 changed; or the error of this key.
 */
export const removeScript: PerKeyScript = perKeyScript({
  name: 'once-remove',
  head: `${PRELUDE}${CLOCK}
local NONE, REMOVED, RUNNING, UNDECIDED, CHANGED = 0, 1, 2, 3, 4
`,
  body: `
if request == '' then
  local mark = call('GETRANGE', key, '0', '2')
  local gone = call('DEL', key)
  if gone ~= 1 or type(mark) ~= 'string' or #mark < 3 then return gone end
  local version, _, flags = string.byte(mark, 1, 3)
  if version == ${RECORD_VERSION} then
    ${WAKE}
  end
  return REMOVED
end
${LOAD}
${missing('NONE')}
if request == 'idle' then
  if state == INDETERMINATE then return UNDECIDED end
  if state == EXECUTING then
    if at > nowMs then return RUNNING end
    if flags % 2 == 1 then return UNDECIDED end
  end
else
  local wantedState, wantedFence = string.match(request, '^(%d+) (%d+)$')
  if state ~= tonumber(wantedState) or fence ~= tonumber(wantedFence) then return CHANGED end
end
local gone = call('DEL', key)
if type(gone) == 'table' then return gone end
${WAKE}
return REMOVED
`,
})

export const removeVerb: Verb<RemoveRequest, RemoveAnswer> = {
  script: removeScript,
  argument: removeArgument,
  answer: removeAnswer,
}

function removeArgument({ expect }: RemoveRequest): string {
  if (expect === undefined) return ''
  return expect === 'idle' ? 'idle' : `${STATE_CODES[expect.state]} ${expect.fence}`
}

function removeAnswer(reply: RedisReply): RemoveAnswer {
  return word(
    'remove',
    ['none', 'removed', 'executing', 'indeterminate', 'changed'] as const,
    reply,
  )
}
