import { readFile } from 'node:fs/promises'

import { Once } from '@oncekit/once'
import { Redis } from '@oncekit/redis'
import { startRedis } from '@oncekit/testing'
import { expect, test } from 'vitest'

test('a Redis user with the rights that the README names can do everything, and nothing beside', async () => {
  await using server = await startRedis()
  const rights = await rightsInReadme()
  await using admin = await Redis.create({ ...Redis.defaultConfig('test'), url: server.url })
  await admin.command(['ACL', 'SETUSER', 'payments', 'on', '>secret', ...rights])
  const store = server.url.replace('redis://', 'redis://payments:secret@')
  const config = { ...Once.defaultConfig('test'), store, prefix: 'payments' } as const
  await using once = await Once.create(config)
  await using other = await Once.create(config)

  const keys = Array.from({ length: 20 }, (_, n) => `order:${n}`)
  expect(await Promise.all(keys.map((key) => once.execute(key, () => key)))).toEqual(keys)
  expect(await Promise.all(keys.map((key) => other.execute(key, () => 'again')))).toEqual(keys)
  const { promise, resolve } = Promise.withResolvers<string>()
  const running = once.execute('slow', () => promise)
  await expect.poll(() => other.exists('slow')).toBe(true)
  const waiting = other.execute('slow', () => 'again')
  await expect.poll(() => admin.command(['PUBSUB', 'CHANNELS'])).toHaveLength(1)
  resolve('done')
  expect(await Promise.all([running, waiting])).toEqual(['done', 'done'])
  await expect(once.execute('bad', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await once.clear('slow')).toBe(true)
  expect(await once.clearByPrefix('order:')).toEqual({ cleared: 20, skippedExecuting: 0 })
  expect((await once.health()).status).toBe('healthy')

  await using port = await Redis.create({ ...Redis.defaultConfig('test'), url: store })
  await expect(port.command(['GET', '{ledger:000}:1'])).rejects.toThrow(/NOPERM/)
  await expect(port.command(['FLUSHALL'])).rejects.toThrow(/NOPERM/)
})

/** What stands behind `ACL SETUSER payments on >secret`. */
async function rightsInReadme(): Promise<readonly string[]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const [, rights] = /^ACL SETUSER payments on >secret (.+)$/m.exec(readme) ?? []
  if (rights === undefined) throw new Error('the README names no rights')
  return rights.split(' ')
}
