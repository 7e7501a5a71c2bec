import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { provision } from '../src/servers/provision.ts'
import type { ServerRecipe, ServerSource } from '../src/servers/recipe.ts'

let folder = ''
let env: NodeJS.ProcessEnv = {}
let lines: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oncekit-provision-'))
  await mkdir(join(folder, 'bin'))
  env = { PATH: join(folder, 'bin') }
  lines = []
})
afterEach(() => rm(folder, { recursive: true }))

test('the program that the variable names goes before the one on PATH', async () => {
  await program('bin/demo-server', 'on path')
  env['DEMO_SERVER'] = await program('mine', 'my own')
  expect(await ask()).toMatchObject({ version: 'demo my own', from: 'DEMO_SERVER' })
})

test('a variable that names what does not run is an error, not a reason for another', async () => {
  await program('bin/demo-server', 'on path')
  env['DEMO_SERVER'] = join(folder, 'nothing')
  await expect(ask()).rejects.toMatchObject({
    code: 'SERVER_UNAVAILABLE',
    message: expect.stringContaining('DEMO_SERVER: '),
  })
})

test('the program on PATH goes before any download, under any of its names', async () => {
  await program('bin/demo-fork', 'on path')
  expect(await ask(source('one', 'fetched'))).toMatchObject({ version: 'demo on path' })
  expect(lines).toEqual([])
})

test('a program on PATH that does not run is passed over', async () => {
  await writeFile(join(folder, 'bin/demo-server'), 'no program', { mode: 0o755 })
  expect(await ask(source('one', 'fetched'))).toMatchObject({ version: 'demo fetched' })
})

test('a fetched program is kept, and fetched once', async () => {
  const one = source('one', 'fetched')
  expect(await ask(one)).toMatchObject({ version: 'demo fetched', from: 'cache (one)' })
  expect(await ask(one)).toMatchObject({ version: 'demo fetched', from: 'cache (one)' })
  expect(one.fetches).toBe(1)
  expect(lines).toContainEqual(expect.stringContaining('demo fetched is in the cache'))
})

test('what is in the cache goes before a source that comes first', async () => {
  await ask(source('two', 'second'))
  expect(await ask(source('one', 'first'), source('two', 'second'))).toMatchObject({
    version: 'demo second',
  })
})

test('several that ask at once fetch once', async () => {
  const one = source('one', 'fetched')
  const answers = await Promise.all([ask(one), ask(one), ask(one)])
  expect(answers.map(({ version }) => version)).toEqual(Array(3).fill('demo fetched'))
  expect(one.fetches).toBe(1)
})

test('a source that fails gives way to the next and leaves nothing behind', async () => {
  const failing: ServerSource = {
    name: 'failing',
    async fetch(into) {
      await writeFile(join(into, 'half'), '')
      throw new Error('no network')
    },
  }
  expect(await ask(failing, source('one', 'fetched'))).toMatchObject({ version: 'demo fetched' })
  expect(await readdir(join(folder, 'cache'))).toEqual(['demo-one'])
})

test('what was fetched but does not run is no server', async () => {
  const broken: ServerSource = {
    name: 'broken',
    async fetch(into) {
      await writeFile(join(into, 'server'), 'no program', { mode: 0o755 })
      return { path: 'server', libraryPaths: [] }
    },
  }
  await expect(ask(broken)).rejects.toThrow('broken: ')
  expect(await readdir(join(folder, 'cache'))).toEqual([])
})

test('a cache that was damaged is filled again', async () => {
  const one = source('one', 'fetched')
  await ask(one)
  await rm(join(folder, 'cache/demo-one/server'))
  expect(await ask(one)).toMatchObject({ version: 'demo fetched' })
  expect(one.fetches).toBe(2)
})

test('a lock left by a process that is gone is taken over', async () => {
  await mkdir(join(folder, 'cache/demo-one.lock'), { recursive: true })
  await writeFile(join(folder, 'cache/demo-one.lock/pid'), '99999999')
  expect(await ask(source('one', 'fetched'))).toMatchObject({ version: 'demo fetched' })
})

test('when nothing works, the error tells each way and why it failed', async () => {
  const failing: ServerSource = {
    name: 'failing',
    fetch: () => Promise.reject(new Error('no network')),
  }
  await expect(ask(failing)).rejects.toThrow(
    'no demo server to start:\n  PATH: no demo-server, no demo-fork\n  failing: no network',
  )
})

function ask(...sources: readonly ServerSource[]) {
  const recipe: ServerRecipe = {
    name: 'demo',
    variable: 'DEMO_SERVER',
    commands: ['demo-server', 'demo-fork'],
    versionArgs: ['--version'],
    sources,
  }
  const say = (line: string): void => void lines.push(line)
  return provision(recipe, { env, cache: join(folder, 'cache'), say })
}

function source(name: string, version: string): ServerSource & { readonly fetches: number } {
  let fetches = 0
  return {
    name,
    get fetches() {
      return fetches
    },
    async fetch(into) {
      fetches++
      await sleep(50)
      await writeProgram(join(into, 'server'), version)
      return { path: 'server', libraryPaths: ['lib'] }
    },
  }
}

async function program(name: string, version: string): Promise<string> {
  await writeProgram(join(folder, name), version)
  return join(folder, name)
}

async function writeProgram(file: string, version: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\necho "demo ${version}"\n`)
  await chmod(file, 0o755)
}
