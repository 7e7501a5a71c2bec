import { type RedisServer, startRedis } from '@oncekit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Redis, type RedisPort } from '../src/index.ts'
import { startTcpProxy, type TcpProxy } from '@oncekit/testing'
import { eventually } from './eventually.ts'

let server: RedisServer
let proxy: TcpProxy
beforeEach(async () => {
  server = await startRedis()
  proxy = await startTcpProxy(server.port)
})
afterEach(async () => {
  await proxy.close()
  await server.stop()
})

describe.each(['ioredis', 'redis'] as const)('channels over %s', (client) => {
  const open = (): Promise<RedisPort> =>
    Redis.create({
      url: `redis://127.0.0.1:${proxy.port}`,
      client,
      commandTimeout: 300,
      reconnect: { initial: 10, max: 50 },
    })

  const subscribers = async (redis: RedisPort, channel: string): Promise<unknown> => {
    const reply = await redis.command(['PUBSUB', 'NUMSUB', channel])
    return Array.isArray(reply) ? reply[1] : reply
  }

  test('deliver what is published after the subscription, as bytes, to every listener', async () => {
    await using redis = await open()
    const heard: string[] = []
    const payload = Buffer.from([0, 255, 13, 10])
    await redis.subscribe('news', { message: (bytes) => heard.push(`a:${bytes.toString('hex')}`) })
    await redis.subscribe('news', { message: (bytes) => heard.push(`b:${bytes.toString('hex')}`) })
    await redis.subscribe('other', { message: () => heard.push('other') })
    await redis.command(['PUBLISH', 'news', payload])
    await eventually(() => heard.toSorted()).toEqual(['a:00ff0d0a', 'b:00ff0d0a'])
    expect(await subscribers(redis, 'news')).toBe(1)
  })

  test('are left on the server only when the last listener has gone', async () => {
    await using redis = await open()
    const heard: string[] = []
    const endFirst = await redis.subscribe('news', { message: () => heard.push('first') })
    const endSecond = await redis.subscribe('news', { message: () => heard.push('second') })
    await endFirst()
    await redis.command(['PUBLISH', 'news', 'x'])
    await eventually(() => heard).toEqual(['second'])
    await endSecond()
    await endSecond()
    expect(await subscribers(redis, 'news')).toBe(0)
  })

  test('may be left and joined again in one breath', async () => {
    await using redis = await open()
    const heard: string[] = []
    for (let i = 0; i < 20; i++) {
      const end = await redis.subscribe('news', { message: () => heard.push(`old ${i}`) })
      const ended = end()
      const endNext = await redis.subscribe('news', { message: () => heard.push(`new ${i}`) })
      await ended
      await redis.command(['PUBLISH', 'news', 'x'])
      await eventually(() => heard).toEqual([`new ${i}`])
      heard.length = 0
      await endNext()
    }
    expect(await subscribers(redis, 'news')).toBe(0)
  })

  test('are restored after a lost connection, and say so', async () => {
    await using redis = await open()
    const heard: string[] = []
    await redis.subscribe('news', {
      message: (bytes) => heard.push(String(bytes)),
      restored: () => heard.push('restored'),
    })
    proxy.cut()
    await eventually(() => heard).toEqual(['restored'])
    await redis.command(['PUBLISH', 'news', 'after'])
    await eventually(() => heard).toEqual(['restored', 'after'])
    expect(await subscribers(redis, 'news')).toBe(1)
  })

  test('are restored after the connection went mute, which nothing on it would tell', async () => {
    await using redis = await open()
    let restored = 0
    await redis.subscribe('news', { message: () => {}, restored: () => restored++ })
    await proxy.fault('black-hole')
    await eventually(() => proxy.swallowed).toBeGreaterThan(0)
    await proxy.fault('none')
    await eventually(() => restored).toBe(1)
    expect(proxy.connections).toBe(2)
  })

  test('go on when a listener throws', async () => {
    await using redis = await open()
    const heard: string[] = []
    await redis.subscribe('news', {
      message: () => {
        throw new Error('a bug of the listener')
      },
    })
    await redis.subscribe('news', { message: () => heard.push('heard') })
    await redis.command(['PUBLISH', 'news', 'x'])
    await eventually(() => heard).toEqual(['heard'])
    expect(await subscribers(redis, 'news')).toBe(1)
  })

  test('are refused in time while the server is away', async () => {
    await using redis = await open()
    await proxy.fault('refuse')
    await expect(redis.subscribe('news', { message: () => {} })).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringContaining('news'),
    })
  })
})
