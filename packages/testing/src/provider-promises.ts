import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { isOncekitError } from '@oncekit/core'
import type { Component, Environment, Provider } from '@oncekit/core'
import { leftOpen, steadyHandles } from './open-handles.ts'

/** What the contract suite needs to know of a component. */
export interface ProviderContract<Config extends object, Deps extends object, P extends Provider> {
  /** A config that opens, without deps too. */
  readonly config: Config | (() => Config | Promise<Config>)
  /** Live objects to open with. Default none. */
  readonly deps?: Deps
  /** A config whose `create` opens something and then fails. */
  readonly broken?: Config | (() => Config | Promise<Config>)
  /** A call of each public method that does work, by name; all must reject once closed. */
  readonly methods?: Readonly<Record<string, (provider: P) => Promise<unknown>>>
  /** A call that waits until its signal aborts. */
  readonly waiting?: (provider: P, signal: AbortSignal) => Promise<unknown>
}

/** One sentence of the contract, and the check that fails when it is not so. */
export interface ProviderPromise {
  readonly sentence: string
  readonly check: () => Promise<void>
  /** Why it cannot be checked, when the contract lacks what it takes. */
  readonly missing?: string | undefined
}

/** The promises every provider keeps, as plain functions; `providerContract` runs them in vitest. */
export function providerPromises<Config extends object, Deps extends object, P extends Provider>(
  component: Component<Config, Deps, P>,
  contract: ProviderContract<Config, Deps, P>,
): readonly ProviderPromise[] {
  const { deps, broken, methods, waiting } = contract
  const config = (): Promise<Config> => given(contract.config)
  const open = async (): Promise<P> => component.create(await config(), deps)

  return [
    {
      sentence: 'the default config of each environment parses',
      check: async () => {
        for (const environment of environments) {
          const result = component.schema.safeParse(component.defaultConfig(environment))
          assert.ok(result.success, `${environment}: ${result.error?.message}`)
        }
      },
    },
    {
      sentence: 'another word than an environment is refused',
      check: async () => {
        // What a caller without types may pass.
        const word = 'staging' as Environment
        assert.throws(() => component.defaultConfig(word), isOncekitError)
      },
    },
    {
      sentence: 'an unknown field is refused with its path',
      check: async () =>
        refusesField(component, { ...(await config()), noSuchField: 1 }, 'noSuchField', deps),
    },
    {
      sentence: 'a bad value is refused with its path, in every field',
      check: async () => {
        const good = await config()
        for (const field of Object.keys(good)) {
          await refusesField(component, { ...good, [field]: neverValid }, field, deps)
        }
      },
    },
    {
      sentence: 'opens with no deps',
      check: async () => {
        await using provider = await component.create(await config())
        await provider.health()
      },
    },
    {
      sentence: 'health tells a status and details',
      check: async () => {
        await using provider = await open()
        const { status, details } = await provider.health()
        assert.ok(['healthy', 'degraded', 'unhealthy'].includes(status), `status: ${status}`)
        assert.equal(typeof details, 'object')
      },
    },
    {
      sentence: 'a create that fails half-way leaves no handle open',
      missing: broken === undefined ? 'no broken config given' : undefined,
      check: async () => {
        assert.ok(broken)
        const before = await steadyHandles()
        const opened = given(broken).then((bad) => component.create(bad, deps))
        await rejection('create', () => closedAgain(opened))
        assert.deepEqual(await leftOpen(before), [], 'handles left open')
      },
    },
    {
      sentence: 'a closed provider leaves no handle open',
      check: async () => {
        const before = await steadyHandles()
        await (await open()).close()
        assert.deepEqual(await leftOpen(before), [], 'handles left open')
      },
    },
    {
      sentence: 'two calls of close wait for the same closing, and a later one is harmless',
      check: async () => {
        const provider = await open()
        let isClosed = false
        const first = provider.close().then(() => (isClosed = true))
        await provider.close()
        // The first call has no more to do than tell its caller.
        await setTimeout(0)
        assert.ok(isClosed, 'the second close() resolved before the first')
        await first
        await provider.close()
        await provider[Symbol.asyncDispose]()
      },
    },
    {
      sentence: 'calls after close reject with a code that ends in _CLOSED',
      missing: methods === undefined && waiting === undefined ? 'no methods given' : undefined,
      check: async () => {
        const calls = new Map(Object.entries(methods ?? {}))
        if (waiting) calls.set('waiting', (closed) => waiting(closed, new AbortController().signal))
        const provider = await open()
        await provider.close()
        for (const [name, call] of calls) {
          const error = await rejection(name, () => call(provider))
          assert.ok(isOncekitError(error), `${name}: not an Oncekit error: ${String(error)}`)
          assert.match(error.code, /_CLOSED$/, name)
        }
      },
    },
    {
      sentence: 'a wait ends with the reason of its signal and leaves no listener',
      missing: waiting === undefined ? 'no waiting call given' : undefined,
      check: async () => {
        assert.ok(waiting)
        await using provider = await open()
        await leaves(provider, waiting, AbortSignal.abort(reason))
        const controller = new AbortController()
        const left = leaves(provider, waiting, controller.signal)
        await Promise.race([left, listening(controller.signal)])
        controller.abort(reason)
        await left
      },
    },
  ]
}

const environments: readonly Environment[] = ['development', 'production', 'test']
// No config holds a symbol: it cannot be written in JSON, env or file.
const neverValid = Symbol('neverValid')
const reason = new Error('the caller has left')

function given<T extends object>(value: T | (() => T | Promise<T>)): Promise<T> {
  return Promise.resolve(typeof value === 'function' ? value() : value)
}

async function refusesField<Config extends object, Deps extends object>(
  component: Component<Config, Deps, Provider>,
  config: Config,
  field: string,
  deps: Deps | undefined,
): Promise<void> {
  const error = await rejection(field, () => closedAgain(component.create(config, deps)))
  assert.ok(isOncekitError(error), `${field}: not an Oncekit error: ${String(error)}`)
  const issues: unknown = 'issues' in error ? error.issues : undefined
  const paths = Array.isArray(issues)
    ? issues.map(({ path }: { path: unknown }) => String(path))
    : []
  const isNamed = paths.some((path) => path.split(/[.[]/)[0] === field)
  assert.ok(isNamed, `${field}: not among the paths of the issues: ${paths.join(', ')}`)
}

/** Closes what should not have opened, so that one failed check does not disturb the others. */
async function closedAgain(opened: Promise<Provider>): Promise<void> {
  await (await opened).close()
}

async function rejection(name: string, call: () => Promise<unknown>): Promise<unknown> {
  // Called outside the try: a method that throws instead of rejecting breaks the contract.
  const promise = call()
  try {
    await promise
  } catch (error) {
    return error
  }
  assert.fail(`${name}: resolved where it should reject`)
}

async function leaves<P>(
  provider: P,
  waiting: (provider: P, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  assert.equal(await rejection('waiting', () => waiting(provider, signal)), reason)
  await setTimeout(0)
  assert.equal(getEventListeners(signal, 'abort').length, 0, 'listeners left on the signal')
}

/** Waits until the call listens; a moment is enough for one that listens where nobody can see it. */
async function listening(signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    if (getEventListeners(signal, 'abort').length > 0) return
    await setTimeout(5)
  }
}
