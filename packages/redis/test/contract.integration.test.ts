import { freePort } from '@oncekit/testing'
import { providerContract } from '@oncekit/testing/provider-contract'
import { inject } from 'vitest'

import { Redis } from '../src/index.ts'

providerContract(Redis, {
  config: () => ({ ...Redis.defaultConfig('test'), url: inject('redisUrl') }),
  broken: async () => ({
    ...Redis.defaultConfig('test'),
    url: `redis://127.0.0.1:${await freePort()}`,
  }),
  methods: {
    command: (redis) => redis.command(['PING']),
    subscribe: (redis) => redis.subscribe('news', { message: () => undefined }),
    scan: (redis) => redis.scan({ match: '*' }),
  },
})
