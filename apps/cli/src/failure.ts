import type { OnceErrorCode } from '@oncekit/once'

import { EXIT } from './exit-codes.ts'
import { UsageError } from './usage-error.ts'

/** An error as the user meets it. */
export interface Failure {
  readonly exitCode: number
  /** `ONCE_…`, or `CLI_…` for what the command line itself found. */
  readonly code: string
  readonly message: string
  /** What to do about it. */
  readonly next?: string
  readonly retryable: boolean
}

/** An error that knows how it is to be shown. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly failure: Failure

  constructor(failure: Omit<Failure, 'retryable'>, options?: ErrorOptions) {
    super(failure.message, options)
    this.failure = { ...failure, retryable: false }
  }
}

/** What an error means for the user: the exit code, one sentence with the cause, and the next step. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommandFailure) return error.failure
  if (error instanceof UsageError) {
    const next = error.next === undefined ? {} : { next: error.next }
    return {
      exitCode: EXIT.usage,
      code: 'CLI_USAGE',
      message: error.message,
      ...next,
      retryable: false,
    }
  }
  const message = withCauses(error)
  const code = codeOf(error)
  const known = code === undefined ? undefined : KNOWN.get(code)
  if (code === undefined || known === undefined) {
    return {
      exitCode: EXIT.internal,
      code: code ?? 'CLI_INTERNAL',
      message,
      next: 'run it again with ONCE_DEBUG=1 for the stack',
      retryable: false,
    }
  }
  const [exitCode, next] = known
  return {
    exitCode,
    code,
    message,
    next,
    retryable: exitCode === EXIT.tryAgain || exitCode === EXIT.unavailable,
  }
}

type Known = readonly [exitCode: number, next: string]

const WRONG_SETTING: Known = [EXIT.usage, 'see once --help for the options']
const NO_STORE: Known = [
  EXIT.unavailable,
  'no command was run; check that the store runs and that --store is right',
]
const DEFECT: Known = [EXIT.internal, 'please report this']

const KNOWN: ReadonlyMap<string, Known> = new Map<
  OnceErrorCode | RedisErrorCode | ConfigCode,
  Known
>([
  ['CONFIG_INVALID', WRONG_SETTING],
  ['ONCE_INVALID_CONFIG', WRONG_SETTING],
  ['REDIS_INVALID_CONFIG', WRONG_SETTING],
  ['ONCE_INVALID_KEY', [EXIT.usage, 'give another key']],
  ['ONCE_INVALID_PAYLOAD', [EXIT.usage, 'give the command as well-formed text']],
  [
    'ONCE_MISMATCH',
    [
      EXIT.mismatch,
      'here that is another command line: clear the key, or say --no-fingerprint if they may differ',
    ],
  ],
  ['ONCE_INDETERMINATE', [EXIT.mismatch, 'look with once get; once clear --force frees the key']],
  ['ONCE_EXHAUSTED', [EXIT.mismatch, 'look with once get; once clear frees the key']],
  ['ONCE_KEY_EXPIRED', [EXIT.mismatch, 'use a new key']],
  ['ONCE_STORE_UNAVAILABLE', NO_STORE],
  ['REDIS_UNAVAILABLE', NO_STORE],
  ['REDIS_TIMEOUT', NO_STORE],
  ['REDIS_QUEUE_FULL', NO_STORE],
  ['REDIS_REPLY', NO_STORE],
  ['REDIS_CLOSED', DEFECT],
  ['ONCE_STORE_FULL', [EXIT.unavailable, 'no command was run; make room in the store']],
  [
    'ONCE_OUTCOME_UNKNOWN',
    [EXIT.unavailable, 'the command was run; look with once get before you repeat it'],
  ],
  ['ONCE_IN_PROGRESS', [EXIT.tryAgain, 'try again later, or wait with --wait 5m']],
  ['ONCE_WAIT_TIMEOUT', [EXIT.tryAgain, 'try again later, or wait longer with --wait']],
  [
    'ONCE_LEASE_LOST',
    [
      EXIT.tryAgain,
      'its command was ended; run the same line again for the outcome, with a longer --lease if it happens often',
    ],
  ],
  [
    'ONCE_RESULT_UNAVAILABLE',
    [EXIT.internal, 'the command was run by another caller, but its output was not kept'],
  ],
  [
    'ONCE_RECORD_UNREADABLE',
    [EXIT.internal, 'was it written by a newer once? bring this one up to date'],
  ],
  ['ONCE_REENTRANT', DEFECT],
  ['ONCE_CLOSED', DEFECT],
])

type ConfigCode = 'CONFIG_INVALID' | 'REDIS_INVALID_CONFIG'
type RedisErrorCode =
  | 'REDIS_UNAVAILABLE'
  | 'REDIS_TIMEOUT'
  | 'REDIS_QUEUE_FULL'
  | 'REDIS_REPLY'
  | 'REDIS_CLOSED'

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The message, and what is new in those of its causes. */
function withCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message } = error
  if (error.cause === undefined) return message
  const cause = withCauses(error.cause)
  const code = codeOf(error.cause)
  const isTold = message.includes(cause) || (code !== undefined && message.includes(code))
  return isTold ? message : `${message} (${cause})`
}
