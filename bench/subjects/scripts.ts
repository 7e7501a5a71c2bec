import { type RedisScript, defineScript } from '@oncekit/redis'

import type { Subject, Work } from '../harness/subject.ts'
import { LEASE_MS, TTL_MS, doneKey, doneKeys, keyOf, produce, resultOf } from './operation.ts'
import { newToken } from './token.ts'

/** Something that runs scripts: a client library as it is, or a port over one. */
export type RunScript = (
  script: RedisScript,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>

// KEYS: one. ARGV: token, TTL in ms. Returns 1, or the value that was there.
const claim = defineScript(
  'bench-claim',
  `if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return redis.call('GET', KEYS[1])`,
)

// KEYS: one. ARGV: token, value, TTL in ms. Returns 1, or 0 when the token is another's.
const complete = defineScript(
  'bench-complete',
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`,
)

// KEYS: one. Returns its value.
const read = defineScript('bench-read', `return redis.call('GET', KEYS[1])`)

// KEYS: one or more. ARGV: value, TTL in ms. Returns the value found for each key.
const claimEach = defineScript(
  'bench-claim-each',
  `local found = {}
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[1], 'NX', 'PX', ARGV[2])
  found[i] = redis.call('GET', key)
end
return found`,
)

export const scripts: readonly RedisScript[] = [claim, complete, read, claimEach]

/**
 * The least a program has to do for the same work, with nothing around it: a token that only this claim has, the callback, its result
 * as JSON, and what has to be asked of Redis.
 */
export function scriptSubject(run: RunScript, close: () => unknown): Subject {
  return {
    begin: (work) => begin(run, work),
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}

const TOKEN = '0123456789abcdef'.repeat(2)
const CLAIM_MS = String(LEASE_MS + TTL_MS)
const KEPT_MS = String(TTL_MS)

async function begin(run: RunScript, work: string): Promise<Work> {
  const once = async (key: string, callback: () => Promise<object>): Promise<object> => {
    const token = newToken()
    const claimed = await run(claim, [key], [token, CLAIM_MS])
    if (claimed !== 1) throw new Error(`${key} is taken: ${String(claimed)}`)
    const result = await callback()
    const completed = await run(complete, [key], [token, JSON.stringify(result), KEPT_MS])
    if (completed !== 1) throw new Error(`${key} was lost`)
    return result
  }
  switch (work) {
    case 'fresh':
    case 'payload':
      return { act: (n) => once(keyOf(n), async () => resultOf(n)) }
    case 'replay': {
      const keys = doneKeys()
      await Promise.all(keys.map((key) => once(key, produce)))
      return { act: (n) => run(read, [doneKey(keys, n)], []) }
    }
    default: {
      const count = Number(/^claim (\d+)$/.exec(work)?.[1])
      if (Number.isNaN(count)) throw new Error(`a script does not know the work ${work}`)
      return {
        act: (n) =>
          run(
            claimEach,
            Array.from({ length: count }, (_, i) => `${keyOf(n)}:${i}`),
            [TOKEN, CLAIM_MS],
          ),
      }
    }
  }
}
