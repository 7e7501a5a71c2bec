import { isDeepStrictEqual } from 'node:util'

import { MemoryOnceStore, Once } from '@oncekit/once'
import type { OnceStore } from '@oncekit/once'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { SqliteFile } from '../stores/sqlite-file.ts'
import { anything, UNSTEADY } from './hostile.ts'

interface Opened extends AsyncDisposable {
  readonly store: OnceStore
}

const stores: readonly (readonly [name: string, open: () => Promise<Opened>, numRuns: number])[] = [
  ['memory', async () => opened(new MemoryOnceStore({ maxEntries: 1_000_000 })), 200],
  [
    'SQLite',
    async () => {
      const file = await SqliteFile.create()
      return {
        store: await file.open({ synchronous: 'normal' }),
        [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
      }
    },
    60,
  ],
]

describe.for(stores)('a result of any kind in %s', ([, open, numRuns]) => {
  test('is given to the first caller and to every later one alike, or said to be unavailable, and never made again', async () => {
    await using ground = await open()
    await using once = await Once.create(Once.defaultConfig('test'), { store: ground.store })
    // Another process, so to speak.
    await using other = await Once.create(Once.defaultConfig('test'), { store: ground.store })
    let number = 0
    await fc.assert(
      fc.asyncProperty(anything, async (make) => {
        const value = make()
        // A promise cannot be resolved with a value whose `then` cannot be read: to await it is to fail.
        fc.pre(canBeAwaited(value))
        const key = `result:${number++}`
        let runs = 0
        const run = (): unknown => {
          runs++
          return value
        }
        const first = await endOf(once.execute(key, run))
        expect(first.thrown).toBeUndefined()
        for (const again of [once, other]) {
          const replay = await endOf(again.execute(key, run))
          if (replay.code === undefined)
            expect(isDeepStrictEqual(first.value, replay.value)).toBe(true)
          else expect(replay.code).toBe('ONCE_RESULT_UNAVAILABLE')
        }
        const view = await other.get(key)
        expect(view?.state).toBe('succeeded')
        expect(runs).toBe(1)
      }),
      effort(numRuns),
    )
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  test.for(UNSTEADY)(
    'that is another one at every look is kept as it was once, or not at all: %s',
    async (make) => {
      await using ground = await open()
      await using once = await Once.create(Once.defaultConfig('test'), { store: ground.store })
      let runs = 0
      const call = (): Promise<End> =>
        endOf(
          once.execute('unsteady', () => {
            runs++
            return make()
          }),
        )
      const [first, again, third] = [await call(), await call(), await call()]
      expect(first.failed).toBeUndefined()
      expect(again.code ?? 'ONCE_RESULT_UNAVAILABLE').toBe('ONCE_RESULT_UNAVAILABLE')
      expect(third.value).toEqual(again.value)
      expect(runs).toBe(1)
    },
  )

  test('that a callback throws is passed on untouched, and the key is free again', async () => {
    await using ground = await open()
    await using once = await Once.create(Once.defaultConfig('test'), { store: ground.store })
    let number = 0
    await fc.assert(
      fc.asyncProperty(anything, fc.boolean(), async (make, later) => {
        const thrown = make()
        const key = `thrown:${number++}`
        const failure = await endOf(
          once.execute(key, async () => {
            if (later) await Promise.resolve()
            throw thrown
          }),
        )
        expect(failure.failed).toBe(true)
        expect(failure.thrown === thrown || Object.is(failure.thrown, thrown)).toBe(true)
        expect(await once.execute(key, () => 'then it worked')).toBe('then it worked')
      }),
      effort(numRuns),
    )
  })
})

test('what a caller does with its value afterwards changes nothing for the next', async () => {
  await using once = await Once.create(Once.defaultConfig('test'))
  let number = 0
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
      const key = `changed:${number++}`
      const before = structuredClone(value)
      const [own, shared] = await Promise.all([
        once.execute(key, () => value),
        once.execute(key, () => 'unused'),
      ])
      for (const each of [own, shared]) Object.assign(each, { tampered: true })
      expect(await once.execute(key, () => 'unused')).toEqual(before)
    }),
    effort(50),
  )
})

test('a list that lies about its length is said to be unavailable, as all that cannot be kept', async () => {
  await using once = await Once.create(Once.defaultConfig('test'))
  const longer = new Proxy([1, 2], {
    get: (list, name) => (name === 'length' ? 2 ** 32 : Reflect.get(list, name)),
  })
  await once.execute('lie', () => longer)
  expect((await endOf(once.execute('lie', () => 'ran again'))).code).toBe('ONCE_RESULT_UNAVAILABLE')
})

function canBeAwaited(value: unknown): boolean {
  try {
    return typeof (value as { readonly then?: unknown } | undefined)?.then !== 'function'
  } catch {
    return false
  }
}

interface End {
  readonly value?: unknown
  readonly code?: string
  readonly thrown?: unknown
  readonly failed?: true
}

async function endOf(call: Promise<unknown>): Promise<End> {
  try {
    return { value: await call }
  } catch (error) {
    const code: unknown = codeOf(error)
    return typeof code === 'string' && code.startsWith('ONCE_')
      ? { code, thrown: error, failed: true }
      : { thrown: error, failed: true }
  }
}

/** Of what was thrown, which need not let itself be looked at. */
function codeOf(error: unknown): unknown {
  try {
    return (error as { readonly code?: unknown }).code
  } catch {
    return undefined
  }
}

function opened(store: OnceStore): Opened {
  return { store, [Symbol.asyncDispose]: () => store.close() }
}
