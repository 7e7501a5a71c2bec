import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Redis, type RedisPort } from '@oncekit/redis'
import { startRedis } from '@oncekit/testing'

import { Crew } from './harness/crew.ts'

/** A server that only the bench uses, and a connection of its own to it. */
export interface Server {
  readonly url: string
  readonly redis: RedisPort
}

/** Where a run takes place: everything is new, and gone afterwards. */
export interface Ground {
  readonly crew: Crew
  /** Started when first asked for. */
  server(): Promise<Server>
}

/** @param profile - a folder where the subjects' processes leave CPU profiles */
export async function openGround(
  opened: AsyncDisposableStack,
  profile: string | undefined,
): Promise<Ground> {
  const disk = await newFolder(opened, tmpdir())
  const memory = existsSync('/dev/shm') ? await newFolder(opened, '/dev/shm') : disk
  // Below the crew, so that its members leave before the server goes.
  const servers = opened.use(new AsyncDisposableStack())
  const crew = opened.use(new Crew({ disk, memory, ...(profile === undefined ? {} : { profile }) }))
  let server: Promise<Server> | undefined
  return { crew, server: () => (server ??= startServer(servers)) }
}

async function startServer(opened: AsyncDisposableStack): Promise<Server> {
  const { url } = opened.use(await startRedis())
  const config = { ...Redis.defaultConfig('production'), url, commandTimeout: '30s' } as const
  return { url, redis: opened.use(await Redis.create(config)) }
}

async function newFolder(opened: AsyncDisposableStack, where: string): Promise<string> {
  const path = await mkdtemp(join(where, 'oncekit-bench-'))
  return opened.adopt(path, () => rm(path, { recursive: true, force: true }))
}
