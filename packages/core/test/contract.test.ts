import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { assertEnvironment, ConfigError } from '@oncekit/core'
import type { Component, Environment, Provider } from '@oncekit/core'

describe('assertEnvironment', () => {
  test.each(['development', 'production', 'test'])('gives %s back', (word) => {
    expect(assertEnvironment(word)).toBe(word)
  })

  test.each([['staging'], ['Production'], [''], [undefined], [null], [0], [['test']]])(
    'refuses %s, telling what is allowed',
    (word) => {
      expect(() => assertEnvironment(word)).toThrow(ConfigError)
      expect(() => assertEnvironment(word)).toThrow(
        'expected "development", "production" or "test"',
      )
    },
  )

  test('gives the type', () => {
    expectTypeOf(assertEnvironment).returns.toEqualTypeOf<Environment>()
  })
})

test('a constant and an interface of one name make a component', () => {
  interface Echo extends Provider {
    echo(text: string): Promise<string>
  }
  interface EchoConfig {
    readonly prefix: string
    readonly suffix?: string
  }
  const schema: z.ZodType<EchoConfig> = z.strictObject({
    prefix: z.string(),
    suffix: z.string().exactOptional(),
  })
  type EchoComponent = Component<EchoConfig, { clock?: object }, Echo>
  expectTypeOf<EchoComponent['schema']>().toEqualTypeOf<typeof schema>()
  expectTypeOf<EchoComponent['create']>().returns.resolves.toEqualTypeOf<Echo>()
  expectTypeOf<EchoComponent['create']>()
    .parameter(1)
    .toEqualTypeOf<{ clock?: object } | undefined>()
})
