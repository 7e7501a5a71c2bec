import { MemoryOnceStore, Once, OnceError } from '@oncekit/once'
import type { RemoveAnswer, RemoveExpectation } from '@oncekit/once'
import { expect, test } from 'vitest'

/** Carries out the first removal, and loses its answer. */
class AnswerLosingStore extends MemoryOnceStore {
  #removals = 0

  override async remove(key: string, expected?: RemoveExpectation): Promise<RemoveAnswer> {
    const answer = await super.remove(key, expected)
    this.#removals += 1
    if (this.#removals > 1) return answer
    throw new OnceError('ONCE_STORE_UNAVAILABLE', 'the answer was lost')
  }
}

test('I16 a clear whose first answer was lost does not say that there was nothing to clear', async () => {
  await using store = new AnswerLosingStore()
  await using once = await Once.create(Once.defaultConfig('test'), { store })
  await once.do('k', () => undefined)
  // True, or that it is not known.
  const answer = await once.clear('k').catch((error: unknown) => error)
  expect(await once.exists('k')).toBe(false)
  expect(answer).not.toBe(false)
})
