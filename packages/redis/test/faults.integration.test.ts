import { type RedisServer, startRedis } from '@oncekit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { defineScript, Redis, type RedisConfig, RedisError, type RedisPort } from '../src/index.ts'
import { startTcpProxy, type TcpProxy } from '@oncekit/testing'
import { eventually } from './eventually.ts'

const incr = defineScript('incr', `return redis.call('INCR', KEYS[1])`)

let server: RedisServer
let proxy: TcpProxy
beforeEach(async () => {
  server = await startRedis({ aof: 'always' })
  proxy = await startTcpProxy(server.port)
})
afterEach(async () => {
  await proxy.close()
  await server.stop()
})

describe.each(['ioredis', 'redis'] as const)('a port over %s', (client) => {
  const open = (config: Partial<RedisConfig> = {}): Promise<RedisPort> =>
    Redis.create({
      ...Redis.defaultConfig('test'),
      url: `redis://127.0.0.1:${proxy.port}`,
      client,
      commandTimeout: 500,
      reconnect: { initial: 10, max: 50 },
      ...config,
    })

  /** The same server, without the fault in between. */
  const direct = (): Promise<RedisPort> => Redis.create({ url: server.url, client })

  test('never runs a command twice whose answer was lost', async () => {
    await using redis = await open()
    await redis.command(['INCR', 'n'])
    await proxy.fault('cut-at-answer')
    await expect(redis.command(['INCR', 'n'])).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      sent: true,
      retryable: true,
    })
    await expect(redis.run(incr, ['n'], [])).rejects.toMatchObject({ retryable: true })
    await proxy.fault('none')
    await eventually(() => redis.command(['GET', 'n']).catch(() => null)).not.toBeNull()
    await using other = await direct()
    expect(String(await other.command(['GET', 'n']))).toBe('2')
  })

  test('settles every call in time while the server is frozen, and goes on when it is not', async () => {
    await using redis = await open()
    server.pause()
    const startedMs = performance.now()
    const calls = Array.from({ length: 200 }, () => redis.command(['PING']))
    const outcomes = await Promise.allSettled(calls)
    const tookMs = performance.now() - startedMs
    server.resume()
    expect(tookMs).toBeLessThan(1500)
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { code: 'REDIS_TIMEOUT', sent: true } })
    }
    await eventually(() => redis.command(['PING']).catch(() => null)).toEqual(Buffer.from('PONG'))
  })

  test('replaces a connection whose answers do not come any more', async () => {
    await using redis = await open({ commandTimeout: 200 })
    await proxy.fault('no-answers')
    await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_TIMEOUT' })
    // The connection it has would stay mute for ever: only another one is of use.
    await proxy.fault('none')
    await eventually(() => redis.command(['PING']).catch(() => null)).toEqual(Buffer.from('PONG'))
  })

  test('heals after the server was killed and started again', async () => {
    await using redis = await open()
    expect(await redis.run(incr, ['n'], [])).toBe(1)
    await server.kill()
    await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    await server.restart()
    // The script cache of the new process is empty.
    await eventually(() => redis.run(incr, ['n'], []).catch(() => null)).toBe(2)
  })

  test('calls made while it is disconnected wait for the next connection', async () => {
    await using redis = await open({ commandTimeout: '5s' })
    await proxy.fault('refuse')
    await eventually(() => proxy.connections).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    const call = redis.run(incr, ['n'], [])
    await proxy.fault('none')
    expect(await call).toBe(1)
  })

  test('a call whose time was up while it waited is never sent', async () => {
    await using redis = await open({ commandTimeout: 150 })
    await proxy.fault('refuse')
    await eventually(() => proxy.connections).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    await expect(redis.command(['INCR', 'n'])).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
      sent: false,
      message: expect.stringContaining('ECONNREFUSED'),
    })
    await proxy.fault('none')
    await eventually(() => redis.command(['PING']).catch(() => null)).toEqual(Buffer.from('PONG'))
    expect(await redis.command(['GET', 'n'])).toBeNull()
  })

  test('keeps a bounded number of calls, however long the server is frozen', async () => {
    await using redis = await open({ maxQueue: 500, commandTimeout: 300 })
    server.pause()
    const ends = new Map<string, number>()
    let retained = 0
    let most = 0
    for (let offered = 0; offered < 200_000; offered += 1000) {
      for (let i = 0; i < 1000; i++) {
        retained++
        redis.command(['SET', 'k', 'v']).catch((error: unknown) => {
          retained--
          ends.set(codeOf(error), (ends.get(codeOf(error)) ?? 0) + 1)
        })
      }
      await new Promise((resolve) => setImmediate(resolve))
      most = Math.max(most, retained)
    }
    expect(most).toBeLessThanOrEqual(500)
    await eventually(() => retained).toBe(0)
    server.resume()
    expect([...ends.values()].reduce((a, b) => a + b)).toBe(200_000)
    expect(ends.get('REDIS_QUEUE_FULL')).toBeGreaterThan(150_000)
    await eventually(() => redis.command(['PING']).catch(() => null)).toEqual(Buffer.from('PONG'))
  })

  test('keeps a bounded number of bytes', async () => {
    await using redis = await open({ maxQueueBytes: 100_000 })
    server.pause()
    const value = 'x'.repeat(40_000)
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => redis.command(['SET', 'k', value])),
    )
    server.resume()
    expect(outcomes).toMatchObject(
      ['REDIS_TIMEOUT', 'REDIS_TIMEOUT', 'REDIS_QUEUE_FULL'].map((code) => ({ reason: { code } })),
    )
  })

  test('closes while the server is frozen', async () => {
    const redis = await open()
    server.pause()
    const call = redis.command(['PING']).catch(codeOf)
    await redis.close()
    server.resume()
    expect(await call).toBe('REDIS_TIMEOUT')
  })

  test('closes while there is no server, and lets waiting calls know', async () => {
    const redis = await open()
    await proxy.fault('refuse')
    await eventually(() => proxy.connections).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    const call = redis.command(['PING']).catch(codeOf)
    await redis.close()
    expect(await call).toBe('REDIS_CLOSED')
  })
})

function codeOf(error: unknown): string {
  return error instanceof RedisError ? error.code : String(error)
}
