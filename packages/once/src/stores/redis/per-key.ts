import { defineScript } from '@oncekit/redis'
import type { RedisScript } from '@oncekit/redis'

import { HEAD_BYTES, IDENTITY_BYTES } from '../../record.ts'

/** What to do with one key, as Lua. */
export interface PerKeyText {
  readonly name: string
  /** Done once: sees neither key nor request. */
  readonly head: string
  /** Knows `key`, `request` (the key's ARGV) and, when fenced, `fenceKey`. Returns the answer. */
  readonly body: string
  /** Whether each record comes with the name of its bucket's last fence: KEYS[n + 1 … 2n]. */
  readonly fenced?: boolean
  /** What the keys of a batch share. */
  readonly batch?: BatchText
}

/** A batch that does some things once for all its keys, and takes its requests in columns: see `toColumns()`. */
export interface BatchText {
  /** Knows `n`, the number of keys. */
  readonly before: string
  /**
   * In place of the body for one key. Knows `key`, `fenceKey`, `i`, which key it is, and of the request `head`, `identity` (token
   * and fingerprint) and `content` (meta and body). Returns the answer.
   */
  readonly body: string
  /** Knows `answers`, and may change them. */
  readonly after: string
}

/** A script made twice from one text, so that it cannot mean two things. */
export interface PerKeyScript {
  /** For one key: its answer is the reply. A list and a Lua function less make a call of its own a tenth faster. */
  readonly one: RedisScript
  /** For any number of keys: the reply is the list of their answers. */
  readonly many: RedisScript
  readonly fenced: boolean
  /** Whether `many` takes its requests in columns. */
  readonly columns: boolean
}

export function perKeyScript({
  name,
  head,
  body,
  fenced = false,
  batch,
}: PerKeyText): PerKeyScript {
  const one = `${head}
local key, fenceKey, request = KEYS[1], KEYS[2], ARGV[1]
${body}`
  const many = `${head}
local answers, n = {}, #KEYS${fenced ? ' / 2' : ''}
${batch === undefined ? eachKey(body) : eachColumn(batch)}
return answers
`
  return {
    one: defineScript(name, one),
    many: defineScript(`${name}-many`, many),
    fenced,
    columns: batch !== undefined,
  }
}

function eachKey(body: string): string {
  return `
local function answer(key, fenceKey, request)
${body}
end

for i = 1, n do answers[i] = answer(KEYS[i], KEYS[n + i], ARGV[i]) end
`
}

function eachColumn({ before, body, after }: BatchText): string {
  return `
local heads, identities = ARGV[1], ARGV[2]
local alike = #heads == ${HEAD_BYTES}
${before}
local function answer(i, key, fenceKey, content)
  local head = alike and heads or sub(heads, ${HEAD_BYTES} * i - ${HEAD_BYTES - 1}, ${HEAD_BYTES} * i)
  local identity = sub(identities, ${IDENTITY_BYTES} * i - ${IDENTITY_BYTES - 1}, ${IDENTITY_BYTES} * i)
${body}
end

for i = 1, n do answers[i] = answer(i, KEYS[i], KEYS[n + i], ARGV[i + 2] or ARGV[3]) end
${after}
`
}
