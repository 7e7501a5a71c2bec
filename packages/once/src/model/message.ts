import type {
  ClaimAnswer,
  ClaimRequest,
  CommitAnswer,
  CommitRequest,
  ExtendAnswer,
  ExtendRequest,
  ReleaseAnswer,
  ReleaseRequest,
} from '../store.ts'

/** A request to the store, on its way. */
export type Message =
  | { readonly verb: 'claim'; readonly request: ClaimRequest }
  | { readonly verb: 'extend'; readonly request: ExtendRequest }
  | { readonly verb: 'commit'; readonly request: CommitRequest }
  | { readonly verb: 'release'; readonly request: ReleaseRequest }
  | { readonly verb: 'read'; readonly request: ReadRequest }

export interface ReadRequest {
  readonly key: string
  readonly token: string
  readonly fingerprint: string
}

export type Look =
  | Exclude<ClaimAnswer, { readonly status: 'claimed' }>
  | { readonly status: 'none' }

/** What the store says. */
export type Answer = ClaimAnswer | Look | ExtendAnswer | CommitAnswer | ReleaseAnswer

/** An instant by both clocks of a process. */
export interface Instant {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** A request whose sender waits for the answer. */
export interface Sent {
  readonly message: Message
  /** Before it was first sent. */
  readonly at: Instant
  /** The store has carried it out; this is on its way back. */
  readonly answer: Answer | undefined
}

/** A request whose sender has given it up, and that may still arrive. */
export interface Stray {
  readonly message: Message
  /** Its sender lives: a claim that is granted after all will be given back. */
  readonly heard: boolean
}

/** The answer in a word. */
export function wordOf(answer: string | Exclude<Answer, string>): string {
  return typeof answer === 'string' ? answer : answer.status
}
