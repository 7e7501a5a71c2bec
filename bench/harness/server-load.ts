import type { RedisPort } from '@oncekit/redis'

/** What a Redis server has done since it started. */
export interface ServerLoad {
  /** What clients asked for: scripts and subscriptions. */
  readonly requests: number
  /** All commands, those within scripts too. */
  readonly commands: number
  readonly cpuMicros: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Length of this report, which the next one counts among the bytes out. */
  readonly reportBytes: number
}

/** What an operation costs the server. */
export type ServerCost = Omit<ServerLoad, 'reportBytes'>

export async function serverLoad(redis: RedisPort): Promise<ServerLoad> {
  const reply = await redis.command(['INFO', 'all'])
  if (!Buffer.isBuffer(reply)) throw new Error('INFO gave no text')
  return parseServerLoad(reply.toString())
}

/** Reads the answer to `INFO all`. */
export function parseServerLoad(info: string): ServerLoad {
  const field = (name: string): number => {
    const text = new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]
    if (text === undefined) throw new Error(`INFO tells nothing of ${name}`)
    return Number(text)
  }
  let requests = 0
  let commands = 0
  for (const [, name = '', calls] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (name === 'info') continue
    commands += Number(calls)
    if (REQUESTS.has(name)) requests += Number(calls)
  }
  return {
    requests,
    commands,
    cpuMicros: (field('used_cpu_user') + field('used_cpu_sys')) * 1_000_000,
    bytesIn: field('total_net_input_bytes'),
    bytesOut: field('total_net_output_bytes'),
    reportBytes: Buffer.byteLength(info),
  }
}

/** The rest of what is run here comes from within scripts. */
const REQUESTS = new Set(['evalsha', 'eval', 'script|load', 'subscribe', 'unsubscribe'])

/** What was done between two looks, per operation. */
export function costBetween(before: ServerLoad, after: ServerLoad, operations: number): ServerCost {
  const bytesOut = after.bytesOut - before.bytesOut - before.reportBytes
  return {
    requests: (after.requests - before.requests) / operations,
    commands: (after.commands - before.commands) / operations,
    cpuMicros: (after.cpuMicros - before.cpuMicros) / operations,
    bytesIn: (after.bytesIn - before.bytesIn) / operations,
    bytesOut: bytesOut / operations,
  }
}
