import { setTimeout as sleep } from 'node:timers/promises'
import { startRedis } from '../redis-server.ts'
import type { Fault } from './fault.ts'
import { hostMs } from './host-time.ts'
import { redisCommand } from './redis-command.ts'
import type { RedisSubject } from './redis-subject.ts'

/** What can befall a Redis server. */
export function redisFaults(redis: RedisSubject): readonly Fault[] {
  const fault = (
    kind: string,
    inject: Fault['inject'],
    loses: Fault['loses'] = 'nothing',
  ): Fault => ({ kind, harms: 'store', loses, inject })
  return [
    fault('redis-kill-aof-always', async (random, begins) => {
      begins()
      await redis.server.kill()
      await sleep(random.between(0, 800))
      await redis.server.restart()
      return true
    }),
    fault(
      'redis-kill-aof-everysec',
      async (random, begins) => {
        await redis.command('CONFIG', 'SET', 'appendfsync', 'everysec')
        await sleep(random.between(500, 1500))
        begins()
        await redis.server.kill()
        await sleep(random.between(0, 800))
        // Comes back as it was started: flushed at every write.
        await redis.server.restart()
        return true
      },
      'recent',
    ),
    fault('redis-pause', async (random, begins) => {
      begins()
      redis.server.pause()
      await sleep(random.between(200, 2500))
      redis.server.resume()
      return true
    }),
    fault('redis-script-flush', async (_random, begins) => {
      begins()
      await redis.command('SCRIPT', 'FLUSH')
      return true
    }),
    fault('redis-client-kill', async (_random, begins) => {
      begins()
      await redis.command('CLIENT', 'KILL', 'TYPE', 'normal')
      await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
      return true
    }),
    fault('redis-maxmemory', async (random, begins) => {
      begins()
      await redis.command('CONFIG', 'SET', 'maxmemory', '1mb')
      await sleep(random.between(300, 2000))
      await redis.command('CONFIG', 'SET', 'maxmemory', '0')
      return true
    }),
    fault('redis-promote-replica', (_random, begins) => promote(redis, begins), 'recent'),
  ]
}

async function promote(redis: RedisSubject, begins: () => void): Promise<boolean> {
  // Else the master waits five seconds for further replicas.
  await redis.command('CONFIG', 'SET', 'repl-diskless-sync-delay', '0')
  const master = String(redis.server.port)
  // Told so, and not started so: it may be restarted later, and must then not look for its master.
  const replica = await startRedis({ aof: 'always' })
  try {
    await redisCommand(replica.port, ['REPLICAOF', '127.0.0.1', master])
    await synced(replica.port)
    begins()
    await redis.server.kill()
    await redisCommand(replica.port, ['REPLICAOF', 'NO', 'ONE'])
    await logged(replica.port)
  } catch (error) {
    await replica.stop()
    throw error
  }
  await redis.replaceBy(replica)
  return true
}

async function synced(port: number): Promise<void> {
  if (await comesToSay(port, 'replication', /master_link_status:up/)) return
  throw new Error('the replica did not catch up with its master')
}

/** What was copied from the master is logged in the background: a kill before that would lose it all. */
async function logged(port: number): Promise<void> {
  const isLogged = /aof_enabled:1\s[^]*aof_rewrite_in_progress:0\s[^]*aof_rewrite_scheduled:0\s/
  if (await comesToSay(port, 'persistence', isLogged)) return
  throw new Error('the replica did not log what it was given')
}

async function comesToSay(port: number, section: string, what: RegExp): Promise<boolean> {
  const untilMs = hostMs() + PATIENCE_MS
  while (hostMs() < untilMs) {
    if (what.test(await redisCommand(port, ['INFO', section]))) return true
    await sleep(25)
  }
  return false
}

/** For all data to be copied on a busy machine. */
const PATIENCE_MS = 20_000
