import { defineScript, type RedisScript } from '@oncekit/redis'

/** What is asked of the server again and again. */
export interface Workload {
  readonly name: string
  readonly script: RedisScript
  readonly callers: number
  /** The `n`th call's keys and arguments. */
  call(n: number): readonly [keys: readonly string[], args: readonly string[]]
}

// KEYS: one or more. ARGV: value, TTL in ms. Returns the value found for each key.
const claim = defineScript(
  'claim',
  `local found = {}
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[1], 'NX', 'PX', ARGV[2])
  found[i] = redis.call('GET', key)
end
return found`,
)

// KEYS: one. Returns its value.
const read = defineScript('read', `return redis.call('GET', KEYS[1])`)

export const scripts: readonly RedisScript[] = [claim, read]

/** What `read` finds. */
export const stored: { readonly key: string; readonly value: string } = {
  key: 'bench:stored',
  value: 'x'.repeat(200),
}

const token = '0123456789abcdef'.repeat(2)
const ttlMs = '3000'

const fresh =
  (keysPerCall: number) =>
  (n: number): readonly [string[], string[]] => [
    Array.from({ length: keysPerCall }, (_, i) => `bench:{${process.pid}}:${n}:${i}`),
    [token, ttlMs],
  ]

const callersOf = (count: number): string => (count === 1 ? '1 caller' : `${count} callers`)

export const workloads: readonly Workload[] = [
  ...[1, 32, 256].map((callers) => ({
    name: `claim, ${callersOf(callers)}`,
    script: claim,
    callers,
    call: fresh(1),
  })),
  ...[1, 32, 256].map((callers) => ({
    name: `read 200 B, ${callersOf(callers)}`,
    script: read,
    callers,
    call: (): readonly [string[], string[]] => [[stored.key], []],
  })),
  ...[1, 16, 64].map((keys) => ({
    name: `claim of ${keys === 1 ? '1 key' : `${keys} keys`} a call, 8 callers`,
    script: claim,
    callers: 8,
    call: fresh(keys),
  })),
]
