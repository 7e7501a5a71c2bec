import fc from 'fast-check'
import { expect, test } from 'vitest'

import { durationOption } from '../src/arguments/duration-option.ts'
import { nearest } from '../src/arguments/nearest.ts'
import { parseArguments } from '../src/arguments/parse.ts'
import { COMMANDS } from '../src/commands/index.ts'
import { exec } from '../src/commands/exec.ts'
import { execRequestOf } from '../src/exec/request.ts'
import { UsageError } from '../src/usage-error.ts'

const parse = (...argv: string[]) => parseArguments(argv, exec.options)
const request = (...argv: string[]) => execRequestOf(parse(...argv))

test('options may stand before and after the key, with = or a space, and the last one counts', () => {
  const args = parse(
    '--ttl',
    '1h',
    'k',
    '--lease=30s',
    '--ttl=2h',
    '-q',
    '--',
    'cmd',
    '--ttl',
    '3h',
  )
  expect(args.positionals).toEqual(['k'])
  expect(args.rest).toEqual(['cmd', '--ttl', '3h'])
  expect([args.value('ttl'), args.value('lease'), args.has('quiet'), args.has('json')]).toEqual([
    '2h',
    '30s',
    true,
    false,
  ])
})

test('what stands behind -- is the command, word for word, a second -- too', () => {
  expect(request('k', '--', 'sh', '-c', 'x', '--', '--help').command).toEqual([
    'sh',
    '-c',
    'x',
    '--',
    '--help',
  ])
})

test.each([
  [['--tll', '1h'], 'unknown option --tll', 'did you mean --ttl?'],
  [['--keep'], 'unknown option --keep', 'did you mean --keep-failures?'],
  [['--zebra'], 'unknown option --zebra', undefined],
  [['--prefix', 'pay'], 'unknown option --prefix', 'did you mean --namespace?'],
  [['-x'], 'unknown option -x', undefined],
  [['--lease'], '--lease needs a value', 'write --lease TIME'],
  [
    ['--lease', '--json'],
    '--lease needs a value, got the option --json',
    'a value that begins with a dash is written --lease=--json',
  ],
  [['--json=yes'], '--json takes no value, got "yes"', undefined],
])('%j is refused: %s', (argv, message, next) => {
  expect(() => parse(...argv)).toThrow(
    expect.objectContaining({ name: 'UsageError', message, next }),
  )
})

test.each([
  [['k'], 'exec needs a command behind --'],
  [['k', 'ls', '-q'], 'exec needs a command behind --'],
  [['k', '--'], 'exec needs a command behind --'],
  [['--', 'ls'], 'exec needs a key before --'],
  [['a', 'b', '--', 'ls'], 'exec takes one key before --, got 2'],
  [['--lease', '30', 'k', '--', 'ls'], '--lease: got "30"; expected a time such as "250ms"'],
  [['--lease', '1ms', 'k', '--', 'ls'], 'from 100ms to 1d'],
  [['--ttl', 'soon', 'k', '--', 'ls'], '--ttl: got "soon"'],
  [['--wait', '5', 'k', '--', 'ls'], '--wait: got "5"'],
])('exec %j is refused: %s', (argv, message) => {
  expect(() => request(...argv)).toThrow(UsageError)
  expect(() => request(...argv)).toThrow(message)
})

test('a command given without -- is shown how to write it', () => {
  expect(() => request('k', 'make', 'all')).toThrow(
    expect.objectContaining({ next: 'write once exec KEY -- make all' }),
  )
})

test('--wait 0 rejects, any other time waits, and the defaults are 5m, 30s and 24h', () => {
  expect(request('--wait', '0', 'k', '--', 'ls').settings.onDuplicate).toBe('reject')
  expect(request('--wait', '2m', 'k', '--', 'ls').settings).toMatchObject({
    onDuplicate: 'wait',
    waitTimeout: 120_000,
  })
  expect(request('k', '--', 'ls').settings).toMatchObject({
    onDuplicate: 'wait',
    waitTimeout: 300_000,
    lease: 30_000,
    ttl: 86_400_000,
  })
})

test('the grace between TERM and KILL is a quarter of the lease, five seconds at most', () => {
  const graceOf = (lease: string): number => request('--lease', lease, 'k', '--', 'ls').graceMs
  expect(['100ms', '2s', '20s', '30s', '1h'].map(graceOf)).toEqual([25, 500, 5000, 5000, 5000])
})

test('the command line is the payload, unless --no-fingerprint is said', () => {
  expect(request('k', '--', 'ls', '-l').options).toEqual({ payload: { command: ['ls', '-l'] } })
  expect(request('--no-fingerprint', 'k', '--', 'ls').options).toEqual({})
})

test('an option that was not given has no time', () => {
  expect(durationOption(parse(), 'lease')).toBeUndefined()
  expect(durationOption(parse('--wait', '0'), 'wait')).toBe(0)
})

test('the nearest name is one begun, or a slip or two away, never a far one', () => {
  const names = ['exec', 'get', 'ls', 'clear']
  const guesses = [
    'exce',
    'exe',
    'clera',
    'cler',
    'gte',
    'sl',
    'frobnicate',
    '',
    'x'.repeat(1e6),
  ].map((word) => nearest(word, names))
  expect(guesses).toEqual([
    'exec',
    'exec',
    'clear',
    'clear',
    'get',
    'ls',
    undefined,
    undefined,
    undefined,
  ])
})

test('whatever is typed, the parser gives arguments or a usage error, and hands the command on untouched', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '--',
      '-',
      '--=',
      '--ttl',
      '--ttl=',
      '--json',
      '-q',
      '-qh',
      '-qx',
      '--no-',
      '--__proto__',
      '--constructor=1',
      'k',
    ),
  )
  fc.assert(
    fc.property(fc.constantFrom(...COMMANDS), fc.array(word, { maxLength: 8 }), (command, argv) => {
      const end = argv.indexOf('--')
      try {
        const args = parseArguments(argv, command.options)
        expect(args.rest).toEqual(end === -1 ? undefined : argv.slice(end + 1))
        for (const { name, value } of command.options) {
          if (args.has(name) && value !== undefined) expect(args.value(name)).toBeTypeOf('string')
        }
        if (command.name === 'exec') expect(execRequestOf(args).command).toEqual(args.rest)
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
      }
    }),
    { numRuns: 2000 },
  )
})
