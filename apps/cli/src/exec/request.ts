import type { ExecuteOptions, OnceConfig } from '@oncekit/once'

import { durationOption } from '../arguments/duration-option.ts'
import type { Arguments } from '../arguments/parse.ts'
import { UsageError } from '../usage-error.ts'

/** What `once exec` was asked for. */
export interface ExecRequest {
  readonly key: string
  readonly command: readonly string[]
  readonly settings: Partial<OnceConfig>
  readonly options: ExecuteOptions
  readonly keepFailures: boolean
  readonly json: boolean
  /** Between TERM and KILL, when the command has to end. */
  readonly graceMs: number
}

/** @throws {@link UsageError} */
export function execRequestOf(args: Arguments): ExecRequest {
  const [key, ...more] = args.positionals
  const { rest: command } = args
  if (command === undefined || command.length === 0) {
    throw new UsageError(
      'exec needs a command behind --',
      `write once exec KEY -- ${more.join(' ') || 'COMMAND'}`,
    )
  }
  if (key === undefined)
    throw new UsageError('exec needs a key before --', 'write once exec KEY -- COMMAND')
  if (more.length > 0) {
    throw new UsageError(
      `exec takes one key before --, got ${args.positionals.length}`,
      'put the command behind --',
    )
  }
  const leaseMs = durationOption(args, 'lease', { minMs: 100, maxMs: DAY_MS }) ?? DEFAULT_LEASE_MS
  const ttlMs = durationOption(args, 'ttl', { minMs: 1 }) ?? DAY_MS
  const waitMs = durationOption(args, 'wait') ?? DEFAULT_WAIT_MS
  return {
    key,
    command,
    settings: {
      serviceName: 'once exec',
      lease: leaseMs,
      ttl: ttlMs,
      waitTimeout: waitMs,
      onDuplicate: waitMs === 0 ? 'reject' : 'wait',
      maxRuntime: LONGEST_RUN_MS,
      maxResultBytes: MAX_RESULT_BYTES,
    },
    options: args.has('no-fingerprint') ? {} : { payload: { command } },
    keepFailures: args.has('keep-failures'),
    json: args.has('json'),
    graceMs: Math.min(LONGEST_GRACE_MS, Math.floor(leaseMs / 4)),
  }
}

const DAY_MS = 86_400_000
const DEFAULT_LEASE_MS = 30_000
const DEFAULT_WAIT_MS = 300_000
// A command may take as long as it likes; who wants a limit writes `timeout 1h` before it.
const LONGEST_RUN_MS = 365 * DAY_MS
// Well under the lease, so that an orphaned command is gone before another caller may run it.
const LONGEST_GRACE_MS = 5_000
// 1 MiB of output in base64, and its spans.
const MAX_RESULT_BYTES = 4 * 1024 * 1024
