import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Once } from '@oncekit/once'
import { freePort } from '@oncekit/testing'
import { afterAll, beforeAll, describe, inject } from 'vitest'

import { providerContract } from '@oncekit/testing/provider-contract'
import { onceContract } from './support/once-contract.ts'

const config = Once.defaultConfig('test')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oncekit-contract-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('on redis', () => {
  providerContract(Once, {
    ...onceContract({ ...config, store: inject('redisUrl') }),
    broken: async () => ({ ...config, store: `redis://127.0.0.1:${await freePort()}` }),
  })
})

describe('on sqlite', () => {
  providerContract(Once, {
    ...onceContract(config),
    config: () => ({ ...config, store: `sqlite:${join(folder, 'once.db')}` }),
    broken: () => ({ ...config, store: `sqlite:${join(folder, 'no-such-folder', 'once.db')}` }),
  })
})
