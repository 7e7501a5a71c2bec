import { MemoryOnceStore, Once } from '@oncekit/once'
import { describe, expect, test } from 'vitest'

import { runCli } from '../src/cli.ts'
import { COMMANDS } from '../src/commands/index.ts'
import { version } from '../src/version.ts'
import { memoryWorld } from './memory-world.ts'
import type { MemoryWorldOptions } from './memory-world.ts'

async function cli(line: string, options?: MemoryWorldOptions) {
  const world = memoryWorld(options)
  const code = await runCli(line.split(' ').filter(Boolean), world)
  return { code, out: world.out(), err: world.err() }
}

/** A store that outlives the command, as a real one does. */
function sharedMemory(): MemoryWorldOptions & { readonly once: Promise<Once> } {
  const store = new MemoryOnceStore()
  const open: MemoryWorldOptions['open'] = (settings) =>
    Once.create({ ...Once.defaultConfig('test'), ...settings, store: 'memory:' }, { store })
  return { open, env: { ONCE_STORE: 'redis://not-opened-in-this-test' }, once: open({}) }
}

describe('help', () => {
  test.each(COMMANDS.map((command) => [command.name, command] as const))(
    'of %s tells usage, an example, options and exit codes, in lines that fit',
    async (name, command) => {
      const { code, out, err } = await cli(`${name} --help`)
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toContain(`once ${name} [options]`)
      expect(out).toContain(command.examples[0]?.line)
      for (const option of command.options) expect(out).toContain(`--${option.name}`)
      for (const exitCode of ['0 ', '64', '65', '69', '70', '75'])
        expect(out).toMatch(new RegExp(`^ {2}${exitCode}`, 'm'))
      expect(out.split('\n').filter((text) => text.length > 100)).toEqual([])
      expect((await cli(`help ${name}`)).out).toBe(out)
      expect((await cli(`${name} -h`)).out).toBe(out)
    },
  )

  test('of all lists every command', async () => {
    const { code, out } = await cli('--help')
    expect(code).toBe(0)
    for (const { name, summary } of COMMANDS)
      expect(out).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'))
    expect((await cli('help')).out).toBe(out)
  })

  test('is bold on a terminal only', async () => {
    expect((await cli('--help', { isTerminal: true })).out).toContain('\u001B[1mUsage')
    expect((await cli('--help')).out).not.toContain('\u001B')
  })

  test('behind -- belongs to the command, not to once', async () => {
    const { code, err } = await cli('exec --store memory: k -- ls --help')
    expect({ code, told: err.includes('would be forgotten') }).toEqual({ code: 64, told: true })
  })
})

test('--version is the version of the package', async () => {
  expect((await cli('--version')).out).toBe(`once ${version()}\n`)
  expect(version()).toMatch(/^\d+\.\d+\.\d+/)
})

describe('mistakes are told in one line on stderr, with 64', () => {
  test.each([
    ['', 'once: no command given; one of exec, get, ls, watch, clear; see once --help\n'],
    ['exce k', 'once: unknown command "exce"; did you mean once exec?\n'],
    [
      'frobnicate',
      'once: unknown command "frobnicate"; it is one of exec, get, ls, watch, clear; see once --help\n',
    ],
    [
      '--jsn',
      'once: unknown option --jsn; the command comes first, one of exec, get, ls, watch, clear\n',
    ],
    ['get --jsn k', 'once: unknown option --jsn; did you mean --json?\n'],
    ['get', 'once: get needs a key; write once get KEY, or list keys with once ls\n'],
    ['get a b', 'once: get takes one key, got 2; list several with once ls PREFIX\n'],
    ['ls a b', 'once: ls takes one prefix, got 2; list them one after the other\n'],
    [
      'ls --state runing',
      'once: --state: there is no state "runing"; it is one of executing, succeeded, failed, indeterminate, exhausted, tombstone\n',
    ],
    [
      'ls --state executng',
      'once: --state: there is no state "executng"; did you mean executing?\n',
    ],
    ['clear', 'once: clear needs a key, or --prefix; list keys with once ls\n'],
    [
      'clear --prefix=',
      'once: --prefix is empty, which is every key; name the beginning of the keys\n',
    ],
    [
      'clear --prefix a b',
      'once: clear takes keys or --prefix, not both; do one after the other\n',
    ],
  ])('once %s', async (line, err) => {
    expect(await cli(line)).toEqual({ code: 64, out: '', err })
  })

  test('and as JSON when JSON was asked for', async () => {
    const { code, err } = await cli('get --json --stor x')
    expect(code).toBe(64)
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 'CLI_USAGE',
        message: 'unknown option --stor',
        next: 'did you mean --store?',
        retryable: false,
        exitCode: 64,
      },
    })
  })

  test('and an unexpected one with 70, its stack only with ONCE_DEBUG', async () => {
    const open = () => Promise.reject(new TypeError('x is\nnot a function'))
    const env = { ONCE_STORE: 'redis://x' }
    expect(await cli('get k', { open, env })).toEqual({
      code: 70,
      out: '',
      err: 'once: x is not a function; run it again with ONCE_DEBUG=1 for the stack\n',
    })
    expect((await cli('get k', { open, env: { ...env, ONCE_DEBUG: '1' } })).err).toContain(
      '    at ',
    )
  })
})

test('exec is refused on Windows, where it could not keep its promises', async () => {
  const { code, err } = await cli('exec k -- cmd', { platform: 'win32' })
  expect({ code, told: err.includes('no process groups') }).toEqual({ code: 69, told: true })
})

describe('records of a service', () => {
  test('are shown, listed by state and prefix, and cleared', async () => {
    const shared = sharedMemory()
    const once = await shared.once
    await once.execute('order:1', () => ({ paid: 12n }))
    await once.execute('order:2', () => 'x')
    await once.execute('mail:1', () => undefined)
    expect(JSON.parse((await cli('get --json order:1', shared)).out)).toMatchObject({
      state: 'succeeded',
      value: { paid: '12' },
    })
    expect((await cli('ls order:', shared)).out.split('\n').length).toBe(4)
    expect((await cli('ls --state executing', shared)).err).toBe('no such keys\n')
    expect(await cli('clear order:1 order:9', shared)).toEqual({
      code: 0,
      out: 'cleared order:1\nmissing order:9\n',
      err: '',
    })
    expect((await cli('clear --prefix order:', shared)).out).toBe(
      'cleared 1 key beginning with order:\n',
    )
    expect((await cli('ls', shared)).out).toContain('mail:1')
  })

  test('that are executing are cleared by prefix only with --force', async () => {
    const shared = sharedMemory()
    const once = await shared.once
    const { promise, resolve } = Promise.withResolvers<void>()
    const run = once.execute('job', () => promise)
    await expect.poll(() => once.exists('job')).toBe(true)
    const left = await cli('clear --prefix j', shared)
    expect(left).toMatchObject({ code: 75, out: 'cleared 0 keys beginning with j\n' })
    expect(left.err).toContain('1 left alone')
    expect(await cli('clear --prefix j --force', shared)).toEqual({
      code: 0,
      out: 'cleared 1 key beginning with j\n',
      err: '',
    })
    resolve()
    await expect(run).rejects.toMatchObject({ code: 'ONCE_LEASE_LOST' })
  })
})
