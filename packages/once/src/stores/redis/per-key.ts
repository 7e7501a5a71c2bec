import { defineScript } from '@oncekit/redis'
import type { RedisScript } from '@oncekit/redis'

/** What to do with one key, as Lua. */
export interface PerKeyText {
  readonly name: string
  /** Done once: sees neither key nor request. */
  readonly head: string
  /** Knows `key`, `request` (the key's ARGV) and, when fenced, `fenceKey`. Returns the answer. */
  readonly body: string
  /** Whether each record comes with the name of its bucket's last fence: KEYS[n + 1 … 2n]. */
  readonly fenced?: boolean
}

/** A script made twice from one text, so that it cannot mean two things. */
export interface PerKeyScript {
  /** For one key: its answer is the reply. A list and a Lua function less make a call of its own a tenth faster. */
  readonly one: RedisScript
  /** For any number of keys: the reply is the list of their answers. */
  readonly many: RedisScript
  readonly fenced: boolean
}

export function perKeyScript({ name, head, body, fenced = false }: PerKeyText): PerKeyScript {
  const one = `${head}
local key, fenceKey, request = KEYS[1], KEYS[2], ARGV[1]
${body}`
  const many = `${head}
local function answer(key, fenceKey, request)
${body}
end

local answers, n = {}, #KEYS${fenced ? ' / 2' : ''}
for i = 1, n do answers[i] = answer(KEYS[i], KEYS[n + i], ARGV[i]) end
return answers
`
  return { one: defineScript(name, one), many: defineScript(`${name}-many`, many), fenced }
}
