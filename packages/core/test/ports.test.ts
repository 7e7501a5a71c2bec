import { expect, expectTypeOf, test } from 'vitest'
import { silentLogger } from '@oncekit/core'
import type { ConfigSource, Logger } from '@oncekit/core'

test('the silent logger says nothing and neither do its children', () => {
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) {
    expect(silentLogger[level]({ key: 'k' }, 'message')).toBeUndefined()
    expect(silentLogger.child({ component: 'once' })[level]({})).toBeUndefined()
  }
})

// The call shapes of pino, whose methods are overloaded; version 10 derives the arguments that may
// follow from the placeholders in the message.
interface PinoCall {
  (fields: unknown, message?: string, ...values: unknown[]): void
  (message: string, ...values: unknown[]): void
}
interface StrictPinoCall {
  <T, Message extends string = string>(
    fields: T,
    message?: T extends string ? never : Message,
    ...values: Message extends `${string}%${string}` ? unknown[] : []
  ): void
  (message: string, ...values: unknown[]): void
}
interface PinoLike<Call> {
  level: string
  trace: Call
  debug: Call
  info: Call
  warn: Call
  error: Call
  fatal: Call
  child<Levels extends Record<string, number>>(
    // Pino's own type for what its lines are bound to.
    // oxlint-disable-next-line typescript/no-explicit-any
    bindings: Record<string, any>,
    options?: { customLevels?: Levels },
  ): PinoLike<Call> & Levels
}

test('a pino logger is a logger as it is', () => {
  expectTypeOf<PinoLike<PinoCall>>().toExtend<Logger>()
  expectTypeOf<PinoLike<StrictPinoCall>>().toExtend<Logger>()
  expectTypeOf<{ info(message: string): void }>().not.toExtend<Logger>()
})

test('a source of configuration gives unknown values', () => {
  expectTypeOf<ConfigSource['get']>().returns.resolves.toBeUnknown()
  expectTypeOf<ConfigSource['watch']>().returns.resolves.toExtend<AsyncDisposable>()
})
