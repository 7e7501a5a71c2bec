import type { RedisPort, ScanOptions, ScanPage } from './port.ts'
import { RedisError } from './errors.ts'

const defaultCount = 1000

/** One SCAN, its cursor `null` when the server says that the round is complete. */
export async function scanPage(
  port: Pick<RedisPort, 'address' | 'command'>,
  { match, count = defaultCount, cursor = '0' }: ScanOptions,
): Promise<ScanPage> {
  const reply = await port.command(['SCAN', cursor, 'MATCH', match, 'COUNT', String(count)])
  const [next, keys] = Array.isArray(reply) ? reply : []
  if (!Buffer.isBuffer(next) || !Array.isArray(keys)) {
    const { address } = port
    throw new RedisError('REDIS_REPLY', `Redis at ${address} answered SCAN in an unknown form.`, {
      address,
      sent: true,
    })
  }
  const position = next.toString()
  return {
    cursor: position === '0' ? null : position,
    keys: keys.filter((key) => Buffer.isBuffer(key)),
  }
}
