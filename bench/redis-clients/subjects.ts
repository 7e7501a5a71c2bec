import { Redis as RedisPort, type RedisScript } from '@oncekit/redis'
import { Command, Redis as Ioredis } from 'ioredis'
import { createClient, RESP_TYPES } from 'redis'

/** Something that runs scripts: a client library as it is, or the port over it. */
export interface Subject extends AsyncDisposable {
  run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown>
}

export const subjects: Readonly<Record<string, (url: string) => Promise<Subject>>> = {
  'ioredis raw': rawIoredis,
  'redis raw': rawNodeRedis,
  'ioredis port': (url) => port(url, 'ioredis'),
  'redis port': (url) => port(url, 'redis'),
}

/** With the quickest call either library has: no argument parsing, answers as bytes. */
async function rawIoredis(url: string): Promise<Subject> {
  const client = new Ioredis(url, { lazyConnect: true })
  await client.connect()
  return {
    async run({ sha }, keys, args) {
      const all = [sha, String(keys.length), ...keys, ...args]
      return client.sendCommand(new Command('evalsha', all, { replyEncoding: null }))
    },
    async [Symbol.asyncDispose]() {
      client.disconnect()
    },
  }
}

async function rawNodeRedis(url: string): Promise<Subject> {
  const client = createClient({ url })
  await client.connect()
  const asBytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }
  return {
    run: ({ sha }, keys, args) =>
      client.sendCommand(['EVALSHA', sha, String(keys.length), ...keys, ...args], asBytes),
    async [Symbol.asyncDispose]() {
      client.destroy()
    },
  }
}

async function port(url: string, client: 'ioredis' | 'redis'): Promise<Subject> {
  return RedisPort.create({ ...RedisPort.defaultConfig('production'), url, client })
}
