import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { freePort, type RedisServer, startRedis } from '@oncekit/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Redis } from '../src/index.ts'
import { startTcpProxy } from '@oncekit/testing'

const password = 's3cret-pässword/@'

let server: RedisServer
let guarded: RedisServer
beforeAll(async () => {
  server = await startRedis()
  guarded = await startRedis({ args: ['--requirepass', password] })
})
afterAll(async () => {
  await guarded.stop()
  await server.stop()
})

describe.each(['ioredis', 'redis'] as const)('connecting over %s', (client) => {
  const refusal = async (url: string): Promise<Error & { code: string }> => {
    const startedMs = performance.now()
    const error: unknown = await Redis.create({ url, client }).then(
      (redis) => redis.close(),
      (reason: unknown) => reason,
    )
    expect(performance.now() - startedMs).toBeLessThan(3000)
    expect(error).toMatchObject({ name: 'RedisError', code: 'REDIS_UNAVAILABLE', retryable: true })
    expect(everything(error)).not.toContain('s3cret')
    return error as Error & { code: string } // just proven
  }

  test('says when nothing listens', async () => {
    const port = await freePort()
    const { message } = await refusal(`redis://127.0.0.1:${port}`)
    expect(message).toContain(`redis://127.0.0.1:${port}/0`)
    expect(message).toContain('ECONNREFUSED')
    expect(message).toContain('Start the server')
  })

  test('says when a server accepts but does not answer', async () => {
    await using proxy = await startTcpProxy(server.port)
    await proxy.fault('black-hole')
    const { message } = await refusal(`redis://127.0.0.1:${proxy.port}`)
    expect(message).toContain('no answer within 2000 ms')
  })

  test('says when a password is missing or wrong, and never shows it', async () => {
    const at = `127.0.0.1:${guarded.port}`
    expect((await refusal(`redis://${at}`)).message).toContain('wants a password')
    const wrong = await refusal(`redis://:${encodeURIComponent(`${password}x`)}@${at}`)
    expect(wrong.message).toContain('refused the user or password')
    await using redis = await Redis.create({
      url: `redis://default:${encodeURIComponent(password)}@${at}`,
      client,
    })
    expect(everything(redis)).not.toContain('s3cret')
    expect(await redis.command(['PING'])).toEqual(Buffer.from('PONG'))
  })

  test('says when the database does not exist', async () => {
    expect((await refusal(`${server.url}/99`)).message).toContain('no such database')
  })

  test('says when the server speaks no TLS', async () => {
    const { message } = await refusal(`rediss://127.0.0.1:${server.port}`)
    expect(message).toContain('TLS')
  })

  test('says when the server wants TLS', async () => {
    // What a TLS server does with a plain command: an alert, and the end.
    const tls = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(Buffer.from([21, 3, 1, 0, 2, 2, 70])))
    }).listen(0, '127.0.0.1')
    await once(tls, 'listening')
    const { port } = tls.address() as AddressInfo // a TCP server's
    const { message } = await refusal(`redis://127.0.0.1:${port}`)
    tls.close()
    expect(message).toContain('rediss://')
  })
})

/** An error or object with its causes, as a logger would print it. */
function everything(value: unknown): string {
  const parts: unknown[] = [value, JSON.stringify(value)]
  for (let cause = value; cause instanceof Error; cause = cause.cause) {
    parts.push(cause.message, cause.stack, JSON.stringify(Object.entries(cause)))
  }
  return parts.map(String).join('\n')
}
