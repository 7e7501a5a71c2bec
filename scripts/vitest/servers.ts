import type { TestProject } from 'vitest/node'
import { startRedis } from '../../packages/testing/src/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * A Redis server that all integration tests share: use keys of your own, do not flush it, do
     * not hurt it. Take `startRedis()` of `@oncekit/testing` for a server of your own.
     */
    readonly redisUrl: string
  }
}

/** Starts what the integration tests share, and ends it after them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using started = new AsyncDisposableStack()
  if (!leftOut().includes('redis')) project.provide('redisUrl', await redisUrl(started))
  const kept = started.move()
  return () => kept.disposeAsync()
}

async function redisUrl(started: AsyncDisposableStack): Promise<string> {
  const running = process.env['ONCEKIT_TEST_REDIS_URL']
  if (running !== undefined && running !== '') return running
  return started.use(await startRedis()).url
}

/** Servers that could not be had; the tests that need them are not among those to run. */
function leftOut(): readonly string[] {
  return (process.env['ONCEKIT_TEST_WITHOUT'] ?? '').split(',')
}
