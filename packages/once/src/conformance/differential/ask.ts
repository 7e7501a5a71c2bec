import { NO_TOKEN } from '../../record.ts'
import type { OnceRecord } from '../../record.ts'
import type {
  ClaimRequest,
  CommitRequest,
  ExtendRequest,
  OnceStore,
  ReleaseRequest,
  RemoveExpectation,
} from '../../store.ts'

/** One verb with what it is asked. */
export type Ask =
  | { readonly verb: 'claim'; readonly request: ClaimRequest }
  | { readonly verb: 'extend'; readonly request: ExtendRequest }
  | { readonly verb: 'commit'; readonly request: CommitRequest }
  | { readonly verb: 'release'; readonly request: ReleaseRequest }
  | { readonly verb: 'touch'; readonly request: { readonly key: string; readonly ttlMs: number } }
  | {
      readonly verb: 'remove'
      readonly request: { readonly key: string; readonly expect?: RemoveExpectation }
    }
  | { readonly verb: 'read'; readonly request: { readonly key: string } }

export function answerTo({ verb, request }: Ask, store: OnceStore): Promise<unknown> {
  switch (verb) {
    case 'claim':
      return store.claim(request)
    case 'extend':
      return store.extend(request)
    case 'commit':
      return store.commit(request)
    case 'release':
      return store.release(request)
    case 'touch':
      return store.touch(request.key, request.ttlMs)
    case 'remove':
      return store.remove(request.key, request.expect)
    case 'read':
      return store.read(request.key)
    default:
      return verb satisfies never
  }
}

/** What the asker knows of the record. */
export type Knowledge = 'nothing' | 'all' | 'all but the fence' | 'all but the state'

/** Tokens and fences drawn at random are seldom the right ones: here they are those of the record, as far as is known. */
export function informed(ask: Ask, record: OnceRecord | undefined, knowledge: Knowledge): Ask {
  if (record === undefined || knowledge === 'nothing') return ask
  const isOwner = knowledge === 'all' && record.token !== NO_TOKEN
  const owner = isOwner ? { token: record.token } : {}
  const fence = knowledge === 'all but the fence' ? record.fence + 1 : record.fence
  switch (ask.verb) {
    case 'extend':
      return { verb: 'extend', request: { ...ask.request, ...owner } }
    case 'release':
      return { verb: 'release', request: { ...ask.request, ...owner } }
    case 'commit': {
      const { expect } = ask.request
      // Who decides over an expectation brings a token of its own.
      const known = expect === undefined ? owner : { expect: { ...expect, fence } }
      return { verb: 'commit', request: { ...ask.request, ...known } }
    }
    case 'remove': {
      const { key, expect } = ask.request
      if (typeof expect !== 'object') return ask
      const state = knowledge === 'all but the state' ? expect.state : record.state
      return { verb: 'remove', request: { key, expect: { state, fence } } }
    }
    default:
      return ask
  }
}
