import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type RedisServer, startRedis } from '@oncekit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineScript, Redis, RedisError, type RedisPort, RedisReplyError } from '../src/index.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

describe.each(['ioredis', 'redis'] as const)('a port over %s', (client) => {
  const open = (): Promise<RedisPort> =>
    Redis.create({ ...Redis.defaultConfig('test'), url: server.url, client })

  test('gives integers as numbers, strings and statuses as bytes, arrays nested, nil as null', async () => {
    await using redis = await open()
    const script = defineScript('kinds', `return {1, 'two', {3, {'four'}}, false, {ok = 'FINE'}}`)
    expect(await redis.run(script, [], [])).toEqual([
      1,
      Buffer.from('two'),
      [3, [Buffer.from('four')]],
      null,
      Buffer.from('FINE'),
    ])
  })

  test('carries every byte both ways, in text and in bytes', async () => {
    await using redis = await open()
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const key = Buffer.from([0, 13, 10, 255])
    await redis.command(['SET', key, bytes.subarray(1)])
    expect(await redis.command(['GET', key])).toEqual(Buffer.from(bytes.subarray(1)))
    const echo = defineScript('echo', 'return {KEYS[1], ARGV[1], ARGV[2]}')
    expect(await redis.run(echo, [key], ['grüße 👋', ''])).toEqual([
      key,
      Buffer.from('grüße 👋'),
      Buffer.alloc(0),
    ])
  })

  test('keeps calls apart that were made at once, long ones included', async () => {
    await using redis = await open()
    const echo = defineScript('echo-one', 'return ARGV[1]')
    const values = Array.from(
      { length: 300 },
      (_, i) => `${i}:${'x'.repeat(i % 7 === 0 ? 30_000 : i)}`,
    )
    const answers = await Promise.all(
      values.map((value, i) => redis.run(echo, [], [i % 3 === 0 ? Buffer.from(value) : value])),
    )
    expect(answers.map(String)).toEqual(values)
  })

  test('rejects when the server answers with an error, and goes on', async () => {
    await using redis = await open()
    await redis.command(['SET', 'text', 'x'])
    const error = await rejection(redis.command(['LPUSH', 'text', 'y']))
    expect(error).toMatchObject({
      name: 'RedisError',
      code: 'REDIS_REPLY',
      retryable: false,
      reply: expect.stringMatching(/^WRONGTYPE/),
      message: expect.stringContaining(redis.address),
    })
    expect(await redis.command(['GET', 'text'])).toEqual(Buffer.from('x'))
  })

  test('gives a server error inside an array as a value: one bad key harms only itself', async () => {
    await using redis = await open()
    const push = defineScript(
      'push',
      `local out = {}
       for i, key in ipairs(KEYS) do out[i] = redis.pcall('LPUSH', key, 'x') end
       return out`,
    )
    await redis.command(['SET', 'bad', 'text'])
    await redis.command(['DEL', 'good-1', 'good-2'])
    const reply = await redis.run(push, ['good-1', 'bad', 'good-2'], [])
    expect(reply).toEqual([1, expect.any(RedisReplyError), 1])
    expect(reply).toHaveProperty('1.code', 'WRONGTYPE')
  })

  test('loads a script the server has forgotten', async () => {
    await using redis = await open()
    const script = defineScript('forgotten', `return redis.call('INCR', KEYS[1])`)
    await redis.command(['DEL', 'count'])
    expect(await redis.run(script, ['count'], [])).toBe(1)
    await redis.command(['SCRIPT', 'FLUSH'])
    const counts = await Promise.all(
      Array.from({ length: 100 }, () => redis.run(script, ['count'], [])),
    )
    expect(counts.map(Number).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 2),
    )
  })

  test('walks all keys page by page', async () => {
    await using redis = await open()
    const names = Array.from({ length: 250 }, (_, i) => `walk:${i}`)
    await redis.command(['MSET', ...names.flatMap((name) => [name, '1'])])
    const found = new Set<string>()
    let cursor: string | null | undefined
    do {
      const page = await redis.scan({ match: 'walk:*', count: 40, ...(cursor && { cursor }) })
      for (const key of page.keys) found.add(String(key))
      cursor = page.cursor
    } while (cursor !== null)
    expect([...found].toSorted()).toEqual(names.toSorted())
  })

  test('tells how the server is, and warns of a policy that drops keys', async () => {
    await using redis = await open()
    expect(await redis.health()).toEqual({
      status: 'healthy',
      details: {
        address: redis.address,
        latencyMs: expect.any(Number),
        role: 'master',
        version: expect.stringMatching(/^\d+\.\d+/),
        usedMemory: expect.any(Number),
        maxMemory: 0,
        maxMemoryPolicy: 'noeviction',
      },
    })
    await redis.command(['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
    const evicting = await redis.health()
    await redis.command(['CONFIG', 'SET', 'maxmemory-policy', 'noeviction'])
    expect(evicting.status).toBe('degraded')
    expect(evicting.details).toHaveProperty('message', expect.stringContaining('allkeys-lru'))
  })

  test('uses the database of the URL', async () => {
    await using first = await open()
    await using second = await Redis.create({ url: `${server.url}/1`, client })
    await first.command(['SET', 'where', 'zero'])
    expect(await second.command(['GET', 'where'])).toBeNull()
    expect(second.address).toBe(`${server.url}/1`)
  })

  test('answers what is on the wire before it closes, and refuses what comes after', async () => {
    const redis = await open()
    const calls = Array.from({ length: 50 }, (_, i) => redis.command(['ECHO', String(i)]))
    await Promise.all([redis.close(), redis.close()])
    expect((await Promise.all(calls)).map(String)).toEqual(calls.map((_, i) => String(i)))
    await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_CLOSED' })
    await expect(redis.subscribe('a', { message: () => {} })).rejects.toMatchObject({
      code: 'REDIS_CLOSED',
    })
    expect((await redis.health()).status).toBe('unhealthy')
  })

  test('leaves nothing behind that keeps a process alive', async () => {
    const fixture = fileURLToPath(new URL('fixtures/use-and-close.ts', import.meta.url))
    const argv = ['--conditions=@oncekit/source', fixture, client, server.url]
    const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 10_000 })
    const { closedMs, exitMs } = JSON.parse(stdout)
    expect(exitMs - closedMs).toBeLessThan(500)
  })
})

async function rejection(call: Promise<unknown>): Promise<RedisError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof RedisError) return error
  throw new Error('did not reject with a RedisError', { cause: error })
}
