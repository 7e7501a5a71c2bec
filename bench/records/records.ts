import { Once, storageKey } from '@oncekit/once'
import type { RedisPort } from '@oncekit/redis'

import { spreadOf } from '../harness/statistics.ts'
import type { Claim } from '../report/claim.ts'
import { configFor } from '../subjects/once.ts'
import { RESULT_TEXT, TTL_MS, payloadOf, produce } from '../subjects/operation.ts'

/** Bytes of one finished record in Redis. */
export interface RecordBytes {
  readonly name: string
  /** What is stored beside the result's text. */
  readonly header: number
  readonly result: number
  /** All of it, the server's own bookkeeping and the key too. */
  readonly memory: number
}

/** Ours, without and with a payload, and a plain string of the same result under the same key. */
export async function measureRecords(redis: RedisPort, url: string): Promise<RecordBytes[]> {
  const config = configFor(url)
  await using once = await Once.create(config)
  await once.execute('record:1', produce)
  await once.execute('record:2', produce, { payload: payloadOf(2) })
  const plain = storageKey(config.prefix, 'record:3')
  await redis.command(['SET', plain, RESULT_TEXT, 'PX', String(TTL_MS)])
  return [
    await bytesOf(redis, 'once', storageKey(config.prefix, 'record:1')),
    await bytesOf(redis, 'once, with a payload', storageKey(config.prefix, 'record:2')),
    await bytesOf(redis, 'a string', plain),
  ]
}

export function recordClaim(records: readonly RecordBytes[]): Claim {
  const ours = records.filter(({ name }) => name.startsWith('once'))
  return {
    name: 'header bytes per finished record',
    value: spreadOf(ours.map(({ header }) => header)),
    target: { atLeast: 64, reachFor: 48, better: 'less' },
  }
}

async function bytesOf(redis: RedisPort, name: string, key: string): Promise<RecordBytes> {
  const length = await redis.command(['STRLEN', key])
  const memory = await redis.command(['MEMORY', 'USAGE', key])
  if (typeof length !== 'number' || typeof memory !== 'number') throw new Error(`no record ${key}`)
  const result = Buffer.byteLength(RESULT_TEXT)
  return { name, header: length - result, result, memory }
}
