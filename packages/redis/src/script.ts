import { createHash } from 'node:crypto'

/** A Lua script, known to the server by its SHA-1. Made by {@link defineScript}. */
export interface RedisScript {
  /** What errors and logs call it. */
  readonly name: string
  readonly source: string
  /** 40 hex digits, as the server computes them. */
  readonly sha: string
}

/**
 * A script that {@link RedisPort.run} can send by its hash.
 *
 * @example
 * ```ts
 * const take = defineScript('take', `return redis.call('SET', KEYS[1], ARGV[1], 'NX')`)
 * ```
 */
export function defineScript(name: string, source: string): RedisScript {
  return Object.freeze({ name, source, sha: createHash('sha1').update(source).digest('hex') })
}
