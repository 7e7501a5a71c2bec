import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, inject, test } from 'vitest'
import { startRedis } from '../src/index.ts'

test('a server answers on its url and is gone after the block, folder and all', async () => {
  let seen: { port: number; dir: string }
  {
    await using redis = await startRedis()
    seen = { port: redis.port, dir: redis.dir }
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`)
    expect(await command(redis.port, 'PING')).toBe('+PONG')
    expect(existsSync(redis.dir)).toBe(true)
  }
  await expect(command(seen.port, 'PING')).rejects.toThrow('ECONNREFUSED')
  expect(existsSync(seen.dir)).toBe(false)
})

test('what was written with aof always is there after kill and restart', async () => {
  await using redis = await startRedis({ aof: 'always' })
  const before = redis.pid
  await command(redis.port, 'SET paid yes')
  await redis.kill()
  await expect(command(redis.port, 'PING')).rejects.toThrow('ECONNREFUSED')
  await redis.restart()
  expect(redis.pid).not.toBe(before)
  expect(await command(redis.port, 'GET paid')).toBe('$3')
})

test('a server without aof forgets at restart', async () => {
  await using redis = await startRedis()
  await command(redis.port, 'SET paid yes')
  await redis.restart()
  expect(await command(redis.port, 'GET paid')).toBe('$-1')
})

test('a paused server keeps quiet until it is resumed', async () => {
  await using redis = await startRedis()
  redis.pause()
  const answer = command(redis.port, 'PING')
  const quiet = new Promise((resolve) => setTimeout(resolve, 100, 'no answer'))
  expect(await Promise.race([answer, quiet])).toBe('no answer')
  redis.resume()
  expect(await answer).toBe('+PONG')
})

test('a paused server can be killed and stopped', async () => {
  const redis = await startRedis()
  redis.pause()
  await redis.kill()
  await redis.stop()
  await redis.stop()
  await expect(redis.restart()).rejects.toThrow('stopped for good')
})

test('arguments reach the server', async () => {
  await using redis = await startRedis({ args: ['--maxmemory', '4mb'] })
  expect(await command(redis.port, 'CONFIG GET maxmemory', 5)).toContain('4194304')
})

test('a server that cannot start says why', async () => {
  await using redis = await startRedis()
  await expect(startRedis({ port: redis.port })).rejects.toThrow(/address already in use/i)
  await expect(startRedis({ args: ['--no-such-setting', '1'] })).rejects.toThrow('no-such-setting')
})

test('a server dies with the process that started it, even by SIGKILL', async () => {
  const program = `
    import { startRedis } from '@oncekit/testing'
    const redis = await startRedis()
    console.log(redis.port + ' ' + redis.dir)
    setInterval(() => {}, 1000)`
  const owner = spawn(
    process.execPath,
    ['--conditions=@oncekit/source', '--input-type=module-typescript', '--eval', program],
    { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = await once(createInterface(owner.stdout), 'line')
  const [port, dir] = String(line).split(' ')
  expect(await command(Number(port), 'PING')).toBe('+PONG')
  owner.kill('SIGKILL')
  await expect.poll(() => command(Number(port), 'PING').catch(String)).toContain('ECONNREFUSED')
  await expect.poll(() => existsSync(String(dir))).toBe(false)
})

test('the shared server of the run answers', async () => {
  const { hostname, port } = new URL(inject('redisUrl'))
  expect(await command(Number(port || 6379), 'PING', 1, hostname)).toBe('+PONG')
})

/** The first lines of the server's answer to one inline command. */
async function command(port: number, text: string, lines = 1, host = '127.0.0.1'): Promise<string> {
  const socket = connect({ port, host })
  try {
    await once(socket, 'connect')
    socket.write(`${text}\r\n`)
    let answer = ''
    for await (const chunk of socket) {
      answer += String(chunk)
      if (answer.split('\r\n').length > lines) break
    }
    return answer.split('\r\n').slice(0, lines).join('\n')
  } finally {
    socket.destroy()
  }
}
