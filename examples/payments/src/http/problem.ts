import { json } from './reply.ts'
import type { Reply } from './reply.ts'

/** What went wrong, told to a person and to a program alike. */
export interface ProblemFacts {
  readonly status: number
  /** For programs; stays the same when the words change. */
  readonly code: string
  readonly title: string
  readonly detail: string
  /** What to do about it. */
  readonly action: string
  /** The same request may succeed after so many seconds. */
  readonly retryAfter?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Further facts for programs. */
  readonly members?: Readonly<Record<string, unknown>>
}

/** An error that is an answer: `application/problem+json`, RFC 9457. */
export class Problem extends Error {
  readonly facts: ProblemFacts

  constructor(facts: ProblemFacts, options?: ErrorOptions) {
    super(facts.detail, options)
    this.facts = facts
  }

  reply(): Reply {
    const { headers, members, retryAfter, ...told } = this.facts
    return {
      ...json(told.status, { ...told, retryable: retryAfter !== undefined, ...members }),
      headers: {
        'content-type': 'application/problem+json',
        ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
        ...headers,
      },
    }
  }
}
