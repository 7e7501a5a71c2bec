import type { RedisArg } from '@oncekit/redis'

import { HEADER_BYTES } from '../../record.ts'

/** A proto-record up to its token: most requests of a batch ask for the same with it. */
export const HEAD_BYTES = 24
/** Token and fingerprint. */
export const IDENTITY_BYTES: number = HEADER_BYTES - HEAD_BYTES

/**
 * Proto-records of a batch as the arguments of a script that reads them in columns:
 *
 * ARGV[1]     heads; only one when all are alike
 * ARGV[2]     identities
 * ARGV[3 …]   contents, which are meta and body; only one when all are alike
 *
 * A server's cost is by the string: it makes two of every argument, and Lua another of every part.
 */
export function toColumns(args: readonly RedisArg[]): RedisArg[] {
  const requests = args.map((arg) => (typeof arg === 'string' ? Buffer.from(arg) : arg))
  const identities = Buffer.allocUnsafe(requests.length * IDENTITY_BYTES)
  let end = 0
  // For so few bytes a loop is faster than a call of the platform.
  for (const request of requests) {
    for (let at = HEAD_BYTES; at < HEADER_BYTES; at++) identities[end++] = request[at] ?? 0
  }
  const heads = oneIfAlike(requests, 0, HEAD_BYTES)
  const contents = oneIfAlike(requests, HEADER_BYTES, Number.MAX_SAFE_INTEGER)
  return [
    Buffer.concat(heads.map((request) => request.subarray(0, HEAD_BYTES))),
    identities,
    ...contents.map((request) => request.subarray(HEADER_BYTES)),
  ]
}

/** The first of the requests, should all have the same bytes from `start` to `end`. */
function oneIfAlike(
  requests: readonly Uint8Array[],
  start: number,
  end: number,
): readonly Uint8Array[] {
  const [first] = requests
  if (first === undefined) return []
  return requests.every((request) => alike(request, first, start, end)) ? [first] : requests
}

function alike(one: Uint8Array, other: Uint8Array, start: number, end: number): boolean {
  if (one === other) return true
  const stop = one.length < end ? one.length : end
  if (one.length !== other.length && stop !== end) return false
  for (let at = start; at < stop; at++) if (one[at] !== other[at]) return false
  return true
}
