import { describe, expect, test } from 'vitest'
import { Redis } from '../src/index.ts'

describe('the configuration', () => {
  test.for(['development', 'production', 'test'] as const)('has defaults for %s', (environment) => {
    expect(Redis.schema.safeParse(Redis.defaultConfig(environment)).success).toBe(true)
  })

  test.for([
    [{ maxQueue: 0 }, 'maxQueue'],
    [{ commandTimeout: 'soon' }, 'commandTimeout'],
    [{ client: 'iovalkey' }, 'client'],
    [{ ttl: '1s' }, 'ttl'],
    [{ reconnect: { first: '1s' } }, 'first'],
    [{ url: 6379 }, 'url'],
  ] as const)('%o is refused by name', async ([wrong, field]) => {
    const input: object = { ...Redis.defaultConfig('test'), ...wrong }
    const created = Redis.create(input as Parameters<typeof Redis.create>[0]) // wrong on purpose
    await expect(created).rejects.toMatchObject({
      code: 'REDIS_INVALID_CONFIG',
      message: expect.stringContaining(field),
    })
  })

  test('a refused one does not show the password of its URL', async () => {
    const created = Redis.create({ url: 'redis://app:hunter2@localhost', maxQueue: -1 })
    const error: unknown = await created.catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'REDIS_INVALID_CONFIG' })
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2')
  })
})
