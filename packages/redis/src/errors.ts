import { OncekitError } from '@oncekit/core'

/** Why a call to Redis failed. */
export type RedisErrorCode =
  /** No connection, or it was lost. {@link RedisError.sent} tells whether the command had left. */
  | 'REDIS_UNAVAILABLE'
  /** No answer by the command timeout. */
  | 'REDIS_TIMEOUT'
  /** Too many commands, or bytes, are unanswered already; this one was not sent. */
  | 'REDIS_QUEUE_FULL'
  /** The server answered with an error, kept in {@link RedisError.reply}. */
  | 'REDIS_REPLY'
  /** The port was closed. */
  | 'REDIS_CLOSED'

/** Facts that come with a {@link RedisError}. */
export interface RedisErrorFacts {
  readonly address?: string
  readonly retryable?: boolean
  readonly sent?: boolean
  readonly reply?: string
  readonly cause?: unknown
}

/** The one error this package rejects with. Its message names the address and the next step. */
export class RedisError extends OncekitError {
  declare readonly code: RedisErrorCode
  /** The server concerned, without credentials. */
  readonly address: string | undefined
  /** True when the server may have run the command; false when it certainly did not. */
  readonly sent: boolean
  /** What the server said, for `REDIS_REPLY`: `WRONGTYPE Operation against a key…`. */
  readonly reply: string | undefined

  constructor(code: RedisErrorCode, message: string, facts: RedisErrorFacts = {}) {
    super(code, message, {
      retryable: facts.retryable ?? false,
      ...(facts.cause === undefined ? {} : { cause: facts.cause }),
    })
    this.name = 'RedisError'
    this.address = facts.address
    this.sent = facts.sent ?? false
    this.reply = facts.reply
  }
}

/** An error the server put inside an array reply: a value, never thrown by this package. */
export class RedisReplyError extends Error {
  /** The first word of the answer: `WRONGTYPE`, `OOM`, `ERR`. */
  readonly code: string

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RedisReplyError'
    this.code = replyCode(message)
  }
}

/** The error for a call that the server answered with `reply`. */
export function replyRejection(reply: string, what: string, address: string): RedisError {
  const code = replyCode(reply)
  const step = nextSteps[code]
  return new RedisError(
    'REDIS_REPLY',
    `Redis at ${address} answered ${what} with an error: ${reply}${step === undefined ? '' : `. ${step}`}`,
    { address, reply, retryable: passing.has(code), sent: true },
  )
}

function replyCode(reply: string): string {
  const end = reply.indexOf(' ')
  return end === -1 ? reply : reply.slice(0, end)
}

/** Answers that another attempt, later, may not meet. */
const passing: ReadonlySet<string> = new Set([
  'LOADING',
  'BUSY',
  'TRYAGAIN',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'READONLY',
  'NOREPLICAS',
  'MISCONF',
  'OOM',
])

const nextSteps: Readonly<Record<string, string>> = {
  OOM: 'The server is at its maxmemory: raise it, or let keys expire sooner',
  READONLY: 'This server is a replica: point the URL at the primary',
  NOAUTH: 'The server wants a password: redis://user:password@host',
  NOPERM: 'The user of the URL lacks a permission: see ACL SETUSER',
  MISCONF: 'The server cannot save its data: look at its log and disk',
  BUSY: 'A script runs too long on the server: SCRIPT KILL ends one that has not written',
}
