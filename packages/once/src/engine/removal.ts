import type { RemoveAnswer, RemoveExpectation } from '../store.ts'
import type { StoreCalls } from './store-calls.ts'

export interface Removal {
  readonly answer: RemoveAnswer
  /** Why an earlier try got no answer: it may have been carried out, and what this one met came after. */
  readonly lost: Error | undefined
}

/** Asks for a removal as for anything else. Only that it goes by no token, so a second try cannot be told what the first one did. */
export async function askToRemove(
  calls: StoreCalls,
  key: string,
  expect: RemoveExpectation | undefined,
): Promise<Removal> {
  let lost: Error | undefined
  const answer = await calls.ask(async () => {
    try {
      return await calls.store.remove(key, expect)
    } catch (error) {
      lost = error instanceof Error ? error : new Error(String(error))
      throw error
    }
  })
  return { answer, lost }
}
