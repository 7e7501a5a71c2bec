import { Redis as RedisPort } from '@oncekit/redis'
import { Command, Redis as Ioredis } from 'ioredis'
import { createClient } from 'redis'

import type { Subject } from '../harness/subject.ts'
import { scriptSubject, scripts } from './scripts.ts'

/** One write to the socket per call, with the quickest call the library has. */
export async function ioredis(url: string): Promise<Subject> {
  const client = await connect(url, false)
  return scriptSubject(
    async ({ sha }, keys, args) =>
      client.sendCommand(
        new Command('evalsha', [sha, String(keys.length), ...keys, ...args], {
          replyEncoding: 'utf8',
        }),
      ),
    () => client.disconnect(),
  )
}

/** The calls of one tick go out together. Only the library's own methods do so. */
export async function ioredisAutoPipelined(url: string): Promise<Subject> {
  const client = await connect(url, true)
  return scriptSubject(
    ({ sha }, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
    () => client.disconnect(),
  )
}

/** Always sends the calls of one tick together: there is no plain one. */
export async function nodeRedis(url: string): Promise<Subject> {
  const client = createClient({ url })
  await client.connect()
  for (const { source } of scripts) await client.scriptLoad(source)
  return scriptSubject(
    ({ sha }, keys, args) =>
      client.sendCommand(['EVALSHA', sha, String(keys.length), ...keys, ...args]),
    () => client.destroy(),
  )
}

/** The port of `@oncekit/redis` over one of them. */
export async function port(url: string, client: 'ioredis' | 'redis'): Promise<Subject> {
  const redis = await RedisPort.create({ ...RedisPort.defaultConfig('production'), url, client })
  return scriptSubject(
    (script, keys, args) => redis.run(script, keys, args),
    () => redis.close(),
  )
}

async function connect(url: string, enableAutoPipelining: boolean): Promise<Ioredis> {
  const client = new Ioredis(url, { lazyConnect: true, enableAutoPipelining })
  await client.connect()
  for (const { source } of scripts) await client.script('LOAD', source)
  return client
}
