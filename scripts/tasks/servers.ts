import { join } from 'node:path'
import { composeService } from '../../packages/testing/src/servers/compose.ts'
import { provision } from '../../packages/testing/src/servers/provision.ts'
import { redisRecipe } from '../../packages/testing/src/servers/redis-recipe.ts'

/** A need that this machine cannot meet. */
export interface MissingServer {
  /** The name by which a test says that it has the need. */
  readonly need: 'redisUrl' | 'startRedis'
  readonly reason: string
}

/** The servers of a test run. */
export interface TestServers extends AsyncDisposable {
  /** Variables that tell the tests of them. */
  readonly env: Readonly<Record<string, string>>
  readonly missing: readonly MissingServer[]
}

/** Finds or fetches the servers the tests need, and tells of each. */
export async function servers(say: (line: string) => void): Promise<TestServers> {
  try {
    const redis = await provision(redisRecipe, { say: (line) => say(`redis: ${line}`) })
    say(`redis: ${redis.version.replace(/ sha=.*/, '')}, from ${redis.from}`)
    return { env: {}, missing: [], async [Symbol.asyncDispose]() {} }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return withoutProgram(say)
  }
}

/** There may still be a server to talk to: one named by variable, or one that Docker runs. */
async function withoutProgram(say: (line: string) => void): Promise<TestServers> {
  const missing: MissingServer[] = [
    { need: 'startRedis', reason: 'no Redis to start here, see above why' },
  ]
  if (process.env['ONCEKIT_TEST_REDIS_URL']) {
    return { env: {}, missing, async [Symbol.asyncDispose]() {} }
  }
  try {
    const file = join(import.meta.dirname, '../../compose.yaml')
    const service = await composeService(file, 'redis', 6379)
    say(`redis: Docker, at ${service.address}`)
    return {
      env: { ONCEKIT_TEST_REDIS_URL: `redis://${service.address}` },
      missing,
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    }
  } catch (error) {
    say(`  docker: ${error instanceof Error ? error.message : String(error)}`)
    missing.push({ need: 'redisUrl', reason: 'no Redis to talk to here, see above why' })
    return {
      env: { ONCEKIT_TEST_WITHOUT: 'redis' },
      missing,
      async [Symbol.asyncDispose]() {},
    }
  }
}
