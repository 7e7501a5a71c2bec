import { createServer } from 'node:net'
import {
  assertEnvironment,
  ConfigError,
  OncekitError,
  Owner,
  parseConfig,
  sleep,
} from '@oncekit/core'
import type { Component, Health, Provider } from '@oncekit/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { providerContract } from '../src/provider-contract.ts'
import { providerPromises } from '../src/provider-promises.ts'
import type { ProviderContract } from '../src/provider-promises.ts'

interface EchoConfig {
  readonly prefix: string
  readonly failing: boolean
}
interface Echo extends Provider {
  echo(text: string): Promise<string>
  wait(options: { signal: AbortSignal }): Promise<void>
}
type EchoComponent = Component<EchoConfig, object, Echo>

const schema: z.ZodType<EchoConfig> = z.strictObject({ prefix: z.string(), failing: z.boolean() })

/** A small component with a real socket, right in every point. */
const good: EchoComponent = {
  name: 'echo',
  schema,
  defaultConfig: (env) => ({ prefix: assertEnvironment(env), failing: false }),
  create: async (input) => {
    const config = parseConfig(good, input)
    await using opened = new AsyncDisposableStack()
    opened.use(await Socket.open())
    if (config.failing) throw new OncekitError('ECHO_FAILED', 'the second step failed')
    return new OwnedEcho(config.prefix, opened.move())
  },
}

class Socket implements AsyncDisposable {
  readonly #server = createServer()

  static async open(): Promise<Socket> {
    const socket = new Socket()
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.#server.listen(0, '127.0.0.1', resolve)
    await promise
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}

class OwnedEcho extends Owner implements Echo {
  readonly #prefix: string

  constructor(prefix: string, opened: AsyncDisposableStack) {
    super(opened)
    this.#prefix = prefix
  }

  async echo(text: string): Promise<string> {
    this.#assertOpen()
    return this.#prefix + text
  }

  async wait({ signal }: { signal: AbortSignal }): Promise<void> {
    this.#assertOpen()
    await sleep(60_000, { signal, ref: false })
  }

  async health(): Promise<Health> {
    return { status: 'healthy', details: {} }
  }

  #assertOpen(): void {
    if (this.closed) throw new OncekitError('ECHO_CLOSED', 'echo is closed')
  }
}

const contract: ProviderContract<EchoConfig, object, Echo> = {
  config: { prefix: '>', failing: false },
  broken: () => ({ prefix: '>', failing: true }),
  methods: { echo: (echo) => echo.echo('x') },
  waiting: (echo, signal) => echo.wait({ signal }),
}

providerContract(good, contract)

describe('a component that breaks the contract fails in that sentence alone:', () => {
  /** The good component, whose providers have some members replaced. */
  const withProvider = (change: (echo: Echo) => Partial<Echo>): EchoComponent => ({
    ...good,
    create: async (config) => {
      const echo = await good.create(config)
      return Object.assign(echo, change(echo))
    },
  })
  const leaks: (() => Promise<unknown>)[] = []
  const leak = async (): Promise<void> => {
    const socket = await Socket.open()
    leaks.push(async () => socket[Symbol.asyncDispose]())
  }

  const broken: Record<string, EchoComponent> = {
    'the default config of each environment parses': {
      ...good,
      defaultConfig: (env) => {
        assertEnvironment(env)
        return { prefix: '>' } as EchoConfig
      },
    },
    'another word than an environment is refused': {
      ...good,
      defaultConfig: () => ({ prefix: '', failing: false }),
    },
    'an unknown field is refused with its path': {
      ...good,
      create: ({ prefix, failing }) => good.create({ prefix, failing }),
    },
    'a bad value is refused with its path, in every field': {
      ...good,
      create: (config) =>
        typeof config.prefix === 'string'
          ? good.create(config)
          : Promise.reject(new ConfigError('bad', [{ path: '', value: 1, message: 'no' }])),
    },
    'opens with no deps': {
      ...good,
      create: async (config, deps) => {
        if (deps === undefined) throw new OncekitError('ECHO_NO_DEPS', 'no deps')
        return good.create(config)
      },
    },
    'health tells a status and details': withProvider(() => ({
      health: async () => ({ status: 'fine' }) as unknown as Health,
    })),
    'a create that fails half-way leaves no handle open': {
      ...good,
      create: async (config) => {
        // Only a config that is otherwise good: what it opens should be the one thing wrong.
        if (schema.safeParse(config).success && config.failing) await leak()
        return good.create(config)
      },
    },
    'a closed provider leaves no handle open': withProvider((echo) => {
      const close = echo.close.bind(echo)
      return { close: () => close().then(leak) }
    }),
    'two calls of close wait for the same closing, and a later one is harmless': withProvider(
      (echo) => {
        const close = echo.close.bind(echo)
        let calls = 0
        return {
          close: async () => {
            if (calls++ > 0) return
            await sleep(50)
            await close()
          },
        }
      },
    ),
    'calls after close reject with a code that ends in _CLOSED': withProvider(() => ({
      echo: async (text) => text,
    })),
    'a wait ends with the reason of its signal and leaves no listener': withProvider((echo) => {
      const wait = echo.wait.bind(echo)
      return {
        wait: (options) => {
          options.signal.addEventListener('abort', () => {})
          return wait(options)
        },
      }
    }),
  }

  test('every sentence has a component that breaks it', () => {
    const sentences = providerPromises(good, contract).map(({ sentence }) => sentence)
    expect(sentences).toEqual(Object.keys(broken))
  })

  test.each(Object.entries(broken))('%s', async (sentence, component) => {
    const deps = {}
    const failed: string[] = []
    for (const promise of providerPromises(component, { ...contract, deps })) {
      await promise.check().catch(() => failed.push(promise.sentence))
      for (const close of leaks.splice(0)) await close()
    }
    expect(failed).toEqual([sentence])
  })

  test.each<[string, (echo: Echo) => Partial<Echo>, string]>([
    ['rejects with another error', () => ({ wait: () => Promise.reject(new Error('own')) }), 'own'],
    ['resolves', () => ({ wait: async () => {} }), 'resolved where it should reject'],
    ['throws instead of rejecting', () => ({ wait: thrower }), 'thrown'],
  ])('a wait that %s', async (_name, change, message) => {
    const waits = providerPromises(withProvider(change), contract).at(-1)
    await expect(waits?.check()).rejects.toThrow(message)
  })
})

function thrower(): Promise<void> {
  throw new Error('thrown')
}

test('a promise that cannot be checked says what is missing', () => {
  const promises = providerPromises(good, { config: { prefix: '>', failing: false } })
  expect(promises.flatMap(({ missing }) => missing ?? [])).toEqual([
    'no broken config given',
    'no methods given',
    'no waiting call given',
  ])
})

test('the config may be made anew for each promise', async () => {
  let made = 0
  const config = async (): Promise<EchoConfig> => ({ prefix: `${++made}`, failing: false })
  for (const { check, missing } of providerPromises(good, { config })) if (!missing) await check()
  expect(made).toBeGreaterThan(3)
})
