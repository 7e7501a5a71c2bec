import { constants } from 'node:os'

import { MemoryOnceStore, Once } from '@oncekit/once'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { runCli } from '../../src/cli.ts'
import { COMMANDS } from '../../src/commands/index.ts'
import { EXIT } from '../../src/exit-codes.ts'
import { printable } from '../../src/terminal/printable.ts'
import { memoryWorld } from '../memory-world.ts'

describe('a command line of any words', () => {
  test('is done or refused with a documented code and one readable line, never with a stack', async () => {
    await using terminal = await openTerminal()
    await fc.assert(
      fc.asyncProperty(commandName, fc.array(word, { maxLength: 6 }), async (name, words) => {
        const { code, err } = await terminal.run([name, ...withoutPrograms(name, words)])
        expect(DOCUMENTED).toContain(code)
        expectReadable(err, code)
      }),
      effort(250),
    )
  })

  test('is refused in JSON when that was asked for', async () => {
    await using terminal = await openTerminal()
    await fc.assert(
      fc.asyncProperty(commandName, fc.array(word, { maxLength: 4 }), async (name, words) => {
        // What stands behind -- is for nobody.
        fc.pre(name !== '--')
        const argv = [name, '--json', ...withoutPrograms(name, words)]
        const { code, err } = await terminal.run(argv)
        expect(DOCUMENTED).toContain(code)
        if (code < EXIT.usage) return
        const { error } = JSON.parse(err) as { error: { code: string; exitCode: number } }
        expect(error.exitCode).toBe(code)
        expect(error.code).toMatch(/^[A-Z]+_[A-Z_]+$/)
      }),
      effort(80),
    )
  })
})

describe('one wrong word in a command line that is right', () => {
  const wrongOption = fc
    .string({
      unit: fc.constantFrom('a', 'b', 'x', '-', '_', '.', '\u001B', 'é'),
      minLength: 1,
      maxLength: 12,
    })
    .filter((name) => !name.startsWith('-'))
    .map((name) => `--zz${name}`)

  test('is named when it is an option that there is none of', async () => {
    await using terminal = await openTerminal()
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...COMMANDS), wrongOption, async ({ name }, option) => {
        const { code, err } = await terminal.run([name, 'key', option])
        expect(code).toBe(EXIT.usage)
        expect(err).toContain(printable(option.split('=')[0] ?? ''))
      }),
      effort(40),
    )
  })

  test('is named when it is a time that is none', async () => {
    await using terminal = await openTerminal()
    const time = fc
      .oneof(
        fc.string({ unit: 'grapheme-ascii' }),
        fc.constantFrom('-1s', '5', '1e9s', '1y', '', 'NaN'),
      )
      .filter((text) => !/^\d+(\.\d+)?(ms|s|m|h|d)$|^0$/.test(text))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('ttl', 'wait', 'lease'), time, async (option, text) => {
        const { code, err } = await terminal.run([
          ...['exec', 'key', `--${option}=${text}`],
          ...['--', NO_PROGRAM],
        ])
        expect(code).toBe(EXIT.usage)
        expect(err).toContain(`--${option}`)
        expect(err).toContain(printable(text))
      }),
      effort(40),
    )
  })

  test('is named when it is a state, a command or a key that cannot be', async () => {
    await using terminal = await openTerminal()
    const name = fc
      .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 })
      .filter((text) => !/^-|,/.test(text) && text.trim() !== '')
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        fc.pre(!STATES.has(text.trim()) && COMMANDS.every((command) => command.name !== text))
        fc.pre(!['help', 'version'].includes(text))
        const shown = printable(text)
        for (const argv of [['ls', '--state', text], [text], ['get', text.repeat(300)]]) {
          const { code, err } = await terminal.run(argv)
          expect(code).toBe(EXIT.usage)
          expect(err).toContain(shown)
        }
      }),
      effort(50),
    )
  })

  test.each([`user:${SECRET}@host:6379`, `:${SECRET}@host`, `redis:user:${SECRET}@host`])(
    'keeps its password when it is the address %s, in which a part was forgotten',
    async (address) => {
      await using terminal = await openTerminal()
      for (const argv of [
        ['ls', '--store', address],
        ['ls', '--json', '--store', address],
      ]) {
        const { code, out, err } = await terminal.run(argv)
        expect(code).toBe(EXIT.usage)
        expect(out + err).not.toContain(SECRET)
      }
    },
  )

  test('is named without its password when it is the address of a store', async () => {
    await using terminal = await openTerminal()
    const address = fc.constantFrom(
      ...[
        `mysql://root:${SECRET}@db/x`,
        `redis://u:${SECRET}@host:port`,
        `redis://u:${SECRET}@h/x`,
      ],
      ...[`redis+sentinel://u:${SECRET}@a,b`, `postgres://u:${SECRET}@h/db?sslmode=no`],
      ...[`redis://u:${SECRET}@h/0?x=1`, `redis://:${SECRET}@`, `REDIS://u:${SECRET}@h`],
      `rediss://u:${SECRET}%@h`,
    )
    await fc.assert(
      fc.asyncProperty(
        address,
        fc.constantFrom('ls', 'get'),
        fc.boolean(),
        async (url, name, env) => {
          const json = await terminal.run(
            env ? [name, 'key', '--json'] : [name, 'key', '--json', '--store', url],
            env ? { ONCE_STORE: url } : {},
          )
          expect(json.code).toBe(EXIT.usage)
          expect(json.err + json.out).not.toContain(SECRET)
          expect(json.err).toMatch(/store|url/i)
        },
      ),
      effort(40),
    )
  })
})

const SECRET = 'hunter2-correct-horse'
const NO_PROGRAM = '/nowhere/to-be-found'
const INTERRUPTED = 128 + constants.signals.SIGINT
const DOCUMENTED: readonly number[] = [
  ...Object.values(EXIT).filter((code) => code !== EXIT.internal),
  INTERRUPTED,
]
const STATES: ReadonlySet<string> = new Set([
  'executing',
  'succeeded',
  'failed',
  'indeterminate',
  'exhausted',
  'tombstone',
])

const commandName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...COMMANDS.map(({ name }) => name)) },
  fc.constantFrom('help', 'version', '--help', '-V', '--', '', '-', '__proto__', 'toString'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)

const optionName = fc.constantFrom(
  ...COMMANDS.flatMap(({ options }) => options.map(({ name }) => name)),
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'no-json', 'x', ''],
)
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('\n', '\r', '\u001B[31m', '\0', '\u202E', '=', '-', ',', '"'),
  }),
  fc.constantFrom('1s', '0', '-1', 'key', 'order:1', 'x'.repeat(300), 'succeeded', 'sqlite:x', ''),
)
const word = fc.oneof(
  value,
  optionName.map((name) => `--${name}`),
  fc.tuple(optionName, value).map(([name, text]) => `--${name}=${text}`),
  fc.string({ unit: 'grapheme-ascii', maxLength: 4 }).map((letters) => `-${letters}`),
  fc.constantFrom('--', '-', '---', '--=', '--=x', '-h', '-q', '-qh', '--json', '--help'),
)

/** Nothing that a fuzzer makes up is to be run. */
function withoutPrograms(name: string, words: readonly string[]): string[] {
  const end = words.indexOf('--')
  if (name !== 'exec' || end === -1) return [...words]
  return [...words.slice(0, end + 1), NO_PROGRAM, ...words.slice(end + 1)]
}

/** At most a few whole lines, of which the last begins with the program's name, in letters that do nothing to a terminal. */
function expectReadable(err: string, code: number): void {
  expect(err).not.toMatch(/^ {4}at |TypeError|RangeError|undefined is|node:internal/m)
  // JSON is for programs, and has escapes of its own.
  if (err.startsWith('{')) return
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  expect(err).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/)
  if (code >= EXIT.usage) expect(err).toMatch(/^once: \S.*\n$/)
}

interface Terminal extends AsyncDisposable {
  run(
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }>
}

/** Runs command lines on records in memory; an address that cannot be one is refused as it would be. */
async function openTerminal(): Promise<Terminal> {
  const store = new MemoryOnceStore()
  const open = async (settings: Parameters<typeof Once.create>[0] | object): Promise<Once> => {
    const config = { ...Once.defaultConfig('test'), ...settings }
    const isReal = config.store.startsWith('sqlite:') || config.store === IN_MEMORY
    return isReal ? Once.create({ ...config, store: 'memory:' }, { store }) : Once.create(config)
  }
  await using once = await open({ store: IN_MEMORY })
  await once.execute('order:1', () => 'paid')
  return {
    async run(argv, env = {}) {
      const world = memoryWorld({ env: { ONCE_STORE: IN_MEMORY, ...env }, open })
      // For those that go on until somebody ends them.
      const patience = setInterval(() => world.send('SIGINT'), 5)
      const code = await runCli(argv, world)
      clearInterval(patience)
      return { code, out: world.out(), err: world.err() }
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}

const IN_MEMORY = 'redis://not-opened-in-this-test'
