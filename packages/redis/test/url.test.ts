import { ConfigError } from '@oncekit/core'
import { describe, expect, test } from 'vitest'
import { maskUrl, parseRedisUrl } from '../src/url.ts'

describe('a Redis URL', () => {
  test('has defaults for port and database', () => {
    expect(parseRedisUrl('redis://cache.local')).toEqual({
      host: 'cache.local',
      port: 6379,
      db: 0,
      tls: false,
      username: undefined,
      password: undefined,
      address: 'redis://cache.local:6379/0',
    })
  })

  test('gives user, password and database, and an address without the first two', () => {
    expect(parseRedisUrl('rediss://app:p%40ss%2Fword@10.0.0.1:6380/3')).toMatchObject({
      host: '10.0.0.1',
      port: 6380,
      db: 3,
      tls: true,
      username: 'app',
      password: 'p@ss/word',
      address: 'rediss://10.0.0.1:6380/3',
    })
  })

  test('may have a password alone, an IPv6 host and port 80', () => {
    expect(parseRedisUrl('redis://:secret@[::1]:80')).toMatchObject({
      host: '::1',
      port: 80,
      username: undefined,
      password: 'secret',
      address: 'redis://[::1]:80/0',
    })
  })

  test.for([
    ['localhost:6379', 'expected redis://host:port/db'],
    ['http://localhost', 'expected redis://host:port/db'],
    ['redis://', 'expected redis://host:port/db'],
    ['redis://host:port', 'expected redis://host:port/db'],
    ['redis://host/users', 'expected a database number'],
    ['redis://host/-1', 'expected a database number'],
    ['redis://host/0?timeout=2', 'expected nothing after the database number'],
    ['redis+sentinel://a,b/main', 'Sentinel comes in a later release'],
    ['redis+cluster://a', 'Cluster comes in a later release'],
  ] as const)('%s is refused: %s', ([url, message]) => {
    const error = refusal(url)
    expect(error.code).toBe('REDIS_INVALID_CONFIG')
    expect(error.message).toContain(message)
    expect(error.message).toContain(url)
  })

  test.for([
    'redis://app:hunter2@host:port',
    'redis://app:hunter2@host/x',
    'redis://app:hunter2@host/0?x=1',
    'redis://app:hun%ter2@host',
    'redis://app:hunter2@ho st',
    'redis+cluster://app:hunter2@host',
    'postgres://app:hunter2@host',
    'app:hunter2@host',
  ])('a refused %s keeps its password', (url) => {
    const error = refusal(url)
    expect(JSON.stringify([error.message, error.issues, error.stack])).not.toMatch(/hun(%)?ter2/)
  })
})

test('masking leaves nothing of what stands before the last @', () => {
  expect(maskUrl('redis://a:b@c/d@host:1')).toBe('redis://***@host:1')
  expect(maskUrl('redis://host')).toBe('redis://host')
})

function refusal(url: string): ConfigError {
  try {
    parseRedisUrl(url)
  } catch (error) {
    if (error instanceof ConfigError) return error
  }
  throw new Error(`${url} was not refused with a ConfigError`)
}
