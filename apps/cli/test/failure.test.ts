import { ConfigError } from '@oncekit/core'
import { OnceError, OnceInProgressError, OnceMismatchError } from '@oncekit/once'
import { expect, test } from 'vitest'

import { CommandFailure, failureOf } from '../src/failure.ts'
import { signalExitCode } from '../src/interrupts.ts'
import { UsageError } from '../src/usage-error.ts'

test.each([
  [new UsageError('no'), 64, 'CLI_USAGE'],
  [new ConfigError('Invalid once config', []), 64, 'CONFIG_INVALID'],
  [new OnceError('ONCE_INVALID_KEY', 'no'), 64, 'ONCE_INVALID_KEY'],
  [new OnceMismatchError('k'), 65, 'ONCE_MISMATCH'],
  [new OnceError('ONCE_INDETERMINATE', 'no'), 65, 'ONCE_INDETERMINATE'],
  [new OnceError('ONCE_STORE_UNAVAILABLE', 'no'), 69, 'ONCE_STORE_UNAVAILABLE'],
  [new OnceError('ONCE_OUTCOME_UNKNOWN', 'no'), 69, 'ONCE_OUTCOME_UNKNOWN'],
  [new OnceError('ONCE_RECORD_UNREADABLE', 'no'), 70, 'ONCE_RECORD_UNREADABLE'],
  [new OnceInProgressError('k', 100, {}), 75, 'ONCE_IN_PROGRESS'],
  [new OnceError('ONCE_WAIT_TIMEOUT', 'no'), 75, 'ONCE_WAIT_TIMEOUT'],
  [new OnceError('ONCE_LEASE_LOST', 'no'), 75, 'ONCE_LEASE_LOST'],
  [new TypeError('x is not a function'), 70, 'CLI_INTERNAL'],
  [
    new CommandFailure({ exitCode: 127, code: 'CLI_NOT_FOUND', message: 'no' }),
    127,
    'CLI_NOT_FOUND',
  ],
  ['text', 70, 'CLI_INTERNAL'],
  [undefined, 70, 'CLI_INTERNAL'],
])('%s ends with %i', (error, exitCode, code) => {
  expect(failureOf(error)).toMatchObject({ exitCode, code })
})

test('the message tells what its causes add, and nothing twice', () => {
  const deepest = new Error('connect ECONNREFUSED')
  const told = new Error('the store is away', { cause: new Error('no route', { cause: deepest }) })
  expect(failureOf(told).message).toBe('the store is away (no route (connect ECONNREFUSED))')
  expect(failureOf(new Error('away: connect ECONNREFUSED', { cause: deepest })).message).toBe(
    'away: connect ECONNREFUSED',
  )
  const coded = Object.assign(new Error('connect ECONNREFUSED 1.2.3.4:5'), { code: 'ECONNREFUSED' })
  expect(failureOf(new Error('nothing listens (ECONNREFUSED)', { cause: coded })).message).toBe(
    'nothing listens (ECONNREFUSED)',
  )
})

test('a signal counts as a shell counts it', () => {
  expect((['SIGHUP', 'SIGINT', 'SIGKILL', 'SIGTERM'] as const).map(signalExitCode)).toEqual([
    129, 130, 137, 143,
  ])
})
