import type { Health } from '@oncekit/core'
import type { RedisPort } from './port.ts'

/** Asks the server how it is: never rejects. */
export async function redisHealth(port: Pick<RedisPort, 'address' | 'command'>): Promise<Health> {
  const { address } = port
  try {
    const startedMs = performance.now()
    await port.command(['PING'])
    const latencyMs = Math.round((performance.now() - startedMs) * 100) / 100
    const info = await port.command(['INFO'])
    return judge(address, latencyMs, parseInfo(String(info)))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { status: 'unhealthy', details: { address, message: reason } }
  }
}

/** The `name:value` lines of INFO. */
function parseInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return fields
}

function judge(address: string, latencyMs: number, info: ReadonlyMap<string, string>): Health {
  const policy = info.get('maxmemory_policy') ?? 'unknown'
  const role = info.get('role') ?? 'unknown'
  const warnings: string[] = []
  if (policy !== 'noeviction' && policy !== 'unknown') {
    warnings.push(
      `maxmemory-policy is ${policy}: when memory is full the server drops keys silently; set it to noeviction`,
    )
  }
  if (role === 'slave') warnings.push('the server is a replica and refuses writes')
  return {
    status: warnings.length === 0 ? 'healthy' : 'degraded',
    details: {
      address,
      latencyMs,
      role,
      version: info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown',
      usedMemory: Number(info.get('used_memory') ?? Number.NaN),
      maxMemory: Number(info.get('maxmemory') ?? Number.NaN),
      maxMemoryPolicy: policy,
      ...(warnings.length === 0 ? {} : { message: warnings.join('; ') }),
    },
  }
}
