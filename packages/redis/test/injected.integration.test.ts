import { type RedisServer, startRedis } from '@oncekit/testing'
import { Redis as Ioredis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineScript, fromIoredis, fromNodeRedis, type RedisPort } from '../src/index.ts'
import { eventually } from './eventually.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

interface Injected {
  readonly redis: RedisPort
  readonly ping: () => Promise<string>
  readonly end: () => void
}

const adapters: readonly [name: string, make: () => Injected][] = [
  [
    'fromIoredis',
    () => {
      const client = new Ioredis(server.url, {
        lazyConnect: true,
        autoResendUnfulfilledCommands: false,
        retryStrategy: () => 20,
      })
      client.on('error', () => {})
      return {
        redis: fromIoredis(client, { commandTimeout: 500 }),
        ping: () => client.ping(),
        end: () => client.disconnect(),
      }
    },
  ],
  [
    'fromNodeRedis',
    () => {
      const client = createClient({ url: server.url, socket: { reconnectStrategy: 20 } })
      client.on('error', () => {})
      return {
        redis: fromNodeRedis(client, { commandTimeout: 500 }),
        ping: () => client.ping(),
        end: () => client.destroy(),
      }
    },
  ],
]

describe.each(adapters)('%s', (_name, make) => {
  test('gives the port over a client of yours, and leaves the client open', async () => {
    const { redis, ping, end } = make()
    const script = defineScript('kinds', `return {1, 'two', redis.pcall('NOPE'), {KEYS[1]}, false}`)
    expect(redis.address).toBe(`${server.url}/0`)
    expect(await redis.run(script, ['k'], [])).toMatchObject([
      1,
      Buffer.from('two'),
      { code: 'ERR' },
      [Buffer.from('k')],
      null,
    ])
    await redis.command(['HSET', 'h', 'a', '1'])
    expect(await redis.command(['HGETALL', 'h'])).toEqual([Buffer.from('a'), Buffer.from('1')])
    await expect(redis.command(['NOPE'])).rejects.toMatchObject({ code: 'REDIS_REPLY' })
    expect((await redis.health()).status).toBe('healthy')

    const heard: string[] = []
    await redis.subscribe('news', { message: (bytes) => heard.push(String(bytes)) })
    await redis.command(['PUBLISH', 'news', 'x'])
    await eventually(() => heard).toEqual(['x'])

    await redis.close()
    await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_CLOSED' })
    expect(await ping()).toBe('PONG')
    end()
  })

  test('bounds and times calls while the server is frozen, and goes on afterwards', async () => {
    const { redis, end } = make()
    await redis.command(['PING'])
    server.pause()
    await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_TIMEOUT' })
    server.resume()
    await eventually(() => redis.command(['PING']).catch(() => null)).toEqual(Buffer.from('PONG'))
    await redis.close()
    end()
  })

  test('waits for the client to reconnect', async () => {
    const { redis, end } = make()
    await redis.command(['PING'])
    await server.kill()
    await expect(redis.command(['PING'])).rejects.toMatchObject({ retryable: true })
    await server.restart()
    await eventually(() => redis.command(['PING']).catch(() => null)).toEqual(Buffer.from('PONG'))
    await redis.close()
    end()
  })
})
