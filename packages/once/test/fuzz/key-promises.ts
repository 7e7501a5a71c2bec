import { isOncekitError } from '@oncekit/core'
import { Once } from '@oncekit/once'
import type { OnceStore } from '@oncekit/once'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** A store with nothing in it yet, that is disposed of with all it opened. */
export interface Fresh extends AsyncDisposable {
  readonly store: OnceStore
  /** Forgets all records. */
  empty(): Promise<void>
}

/** What `once` on a store promises about keys and prefixes, whatever text or value they are. */
export function keyPromises(name: string, open: () => Promise<Fresh>, numRuns: number): void {
  describe(`keys in ${name}`, () => {
    let fresh: Fresh
    beforeAll(async () => {
      fresh = await open()
    })
    afterAll(() => fresh[Symbol.asyncDispose]())

    const service = (prefix: string): Promise<Once> =>
      Once.create({ ...Once.defaultConfig('test'), prefix }, { store: fresh.store })

    test('never stand for one another: each pair of prefix and key has a value of its own', async () => {
      await fc.assert(
        fc.asyncProperty(twoPrefixes, manyKeys, async (prefixes, keys) => {
          await fresh.empty()
          const pairs = prefixes.flatMap((prefix) => keys.map((key) => ({ prefix, key })))
          await using services = await openAll(prefixes, service)
          for (const round of ['first', 'again']) {
            await Promise.all(
              pairs.map(async ({ prefix, key }) => {
                const own = JSON.stringify([prefix, key])
                const value = await endOf(
                  services.of(prefix).execute(key, () => (round === 'first' ? own : 'ran again')),
                )
                expect(value).toBe(isKey(key) ? own : 'ONCE_INVALID_KEY')
              }),
            )
          }
        }),
        effort(numRuns),
      )
    })

    test('are listed and cleared by the beginning they literally have, and by no other', async () => {
      await fc.assert(
        fc.asyncProperty(twoPrefixes, manyKeys, anyBeginning, async (prefixes, all, begin) => {
          await fresh.empty()
          await using services = await openAll(prefixes, service)
          const keys = all.filter(isKey)
          const [mine, theirs] = prefixes.map((prefix) => services.of(prefix))
          await Promise.all(
            prefixes.flatMap((prefix) =>
              keys.map((key) => services.of(prefix).do(key, () => undefined)),
            ),
          )
          const prefix = begin(keys)
          if (!prefix.isWellFormed()) {
            expect(await endOf(mine?.clearByPrefix(prefix))).toBe('ONCE_INVALID_KEY')
            expect(await endOf(mine?.list({ prefix }).next())).toBe('ONCE_INVALID_KEY')
          } else {
            const meant = keys.filter((key) => key.startsWith(prefix))
            expect(await listed(mine, prefix)).toEqual(meant.toSorted())
            expect(await mine?.clearByPrefix(prefix)).toEqual({
              cleared: meant.length,
              skippedExecuting: 0,
            })
            expect(await listed(mine)).toEqual(
              keys.filter((key) => !key.startsWith(prefix)).toSorted(),
            )
          }
          expect(await listed(theirs)).toEqual(keys.toSorted())
        }),
        effort(numRuns),
      )
    })

    test('that are no text are refused by every method, and asked of nobody', async () => {
      await fresh.empty()
      await using once = await service('p')
      await fc.assert(
        fc.asyncProperty(
          fc.anything().filter((value) => typeof value !== 'string'),
          async (value) => {
            // What a caller without types may pass.
            const key = value as string
            let ran = false
            const run = (): void => {
              ran = true
            }
            const calls = [
              once.execute(key, run),
              once.do(key, run),
              once.wrap(run, { key: () => key })(),
              once.get(key),
              once.exists(key),
              once.clear(key, { force: true }),
              once.clearByPrefix(key),
            ]
            for (const end of await Promise.all(calls.map(endOf))) {
              expect(end).toBe('ONCE_INVALID_KEY')
            }
            expect(ran).toBe(false)
          },
        ),
        effort(numRuns),
      )
    })
  })
}

/** Every sign that means something to a store, to a pattern or to text itself. */
const unit = fc.oneof(
  fc.constantFrom(...'{}:@%*?[]^-\\!$/.,;|&"\'`~#<>()+= \t\n\r\0a0A'.split('')),
  fc.constantFrom('\ud83d\udd11', 'é', 'e\u0301', '\u2028', '\ufeff', '\uffff', '\udbff\udfff'),
  fc.constantFrom('__proto__', 'constructor', '!fence', '%7D', '%', '}:', '@s:', '{p:000}:', '..'),
)
const tricky = fc.oneof(
  fc.string({ unit }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'toString', '', ' ', '*', '\0', '\ud800', '\udc00\ud800'),
  fc.nat({ max: 300 }).map((length) => 'x'.repeat(length)),
)

const manyKeys = fc.uniqueArray(tricky, { minLength: 2, maxLength: 8 })

const twoPrefixes = fc.uniqueArray(
  fc
    .oneof(fc.string({ unit, minLength: 1 }), tricky)
    .map((text) => text.slice(0, 60).toWellFormed())
    .filter((prefix) => prefix !== ''),
  { minLength: 2, maxLength: 2 },
)

/** Mostly the beginning of one of the keys, or nearly so. */
const anyBeginning: fc.Arbitrary<(keys: readonly string[]) => string> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat()).map(([which, length]) => (keys: readonly string[]) => {
    const key = keys[which % Math.max(keys.length, 1)] ?? ''
    return key.slice(0, length % (key.length + 1))
  }),
  tricky.map((text) => () => text),
)

function isKey(text: string): boolean {
  return text !== '' && text.length <= 255 && text.isWellFormed()
}

async function listed(once: Once | undefined, prefix?: string): Promise<string[]> {
  const keys: string[] = []
  if (once === undefined) return keys
  for await (const view of once.list(prefix === undefined ? {} : { prefix })) keys.push(view.key)
  return [...new Set(keys)].toSorted()
}

interface Services extends AsyncDisposable {
  of(prefix: string): Once
}

async function openAll(
  prefixes: readonly string[],
  open: (prefix: string) => Promise<Once>,
): Promise<Services> {
  const stack = new AsyncDisposableStack()
  const services = new Map<string, Once>()
  for (const prefix of prefixes) services.set(prefix, stack.use(await open(prefix)))
  return {
    of(prefix) {
      const found = services.get(prefix)
      if (found === undefined) throw new Error(`no service of ${prefix}`)
      return found
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** What a call gives, or the code of its typed error; anything else fails the test. */
async function endOf(call: Promise<unknown> | undefined): Promise<unknown> {
  try {
    return await call
  } catch (error) {
    if (isOncekitError(error)) return error.code
    throw error
  }
}
