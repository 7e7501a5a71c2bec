import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { install, isInstalled, npmAdvice } from '../setup/install.mjs'

const wanted = {
  '': { name: 'oncekit' },
  'packages/core': { version: '0.1.0' },
  'node_modules/@oncekit/core': { resolved: 'packages/core', link: true },
  'node_modules/zod': { version: '4.6.7', integrity: 'sha512-zod' },
  'node_modules/node-elsewhere': { version: '24.0.0', integrity: 'sha512-node', optional: true },
}
const { 'node_modules/node-elsewhere': _, ...installed } = wanted
let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'oncekit-install-'))
  write('package-lock.json', wanted)
})
afterEach(() => rmSync(root, { recursive: true }))

test('a fresh clone is not installed', () => {
  expect(isInstalled(root)).toBe(false)
})

test('what npm installed from this lockfile is, packages of other platforms aside', () => {
  write('node_modules/.package-lock.json', installed)
  expect(isInstalled(root)).toBe(true)
})

test.each([
  ['a new version', { 'node_modules/zod': { version: '4.6.8', integrity: 'sha512-new' } }],
  ['other content', { 'node_modules/zod': { version: '4.6.7', integrity: 'sha512-other' } }],
  ['a new package', { 'node_modules/redis': { version: '6.3.1', integrity: 'sha512-redis' } }],
  ['a new workspace', { 'node_modules/@oncekit/uid': { resolved: 'packages/uid', link: true } }],
])('a lockfile with %s asks for another install', (_what, change) => {
  write('node_modules/.package-lock.json', installed)
  write('package-lock.json', { ...wanted, ...change })
  expect(isInstalled(root)).toBe(false)
})

test('a clone without lockfile says what to do', () => {
  rmSync(join(root, 'package-lock.json'))
  expect(() => isInstalled(root)).toThrow('restore it with git')
})

test('an install is not repeated although npm left out a package nobody asks for', async () => {
  let installs = 0
  const npmCi = async (): Promise<void> => {
    installs++
    write('node_modules/.package-lock.json', { '': { name: 'oncekit' } })
  }
  await install(root, { say: () => {}, npmCi })
  await install(root, { say: () => {}, npmCi })
  expect(installs).toBe(1)
  write('package-lock.json', { ...wanted, 'node_modules/redis': { version: '6.3.1' } })
  await install(root, { say: () => {}, npmCi })
  expect(installs).toBe(2)
})

test('two starts at once install once', async () => {
  let installs = 0
  const lines: string[] = []
  const npmCi = async (): Promise<void> => {
    installs++
    await sleep(50)
    write('node_modules/.package-lock.json', installed)
  }
  const say = (line: string): void => void lines.push(line)
  await Promise.all([install(root, { say, npmCi }), install(root, { say, npmCi })])
  await install(root, { say, npmCi })
  expect(installs).toBe(1)
  expect(lines).toContainEqual(expect.stringContaining('waiting for process'))
})

test('a lock left by a process that is gone is taken over', async () => {
  mkdirSync(join(root, '.cache/install.lock'), { recursive: true })
  // Above the highest process number of any system.
  writeFileSync(join(root, '.cache/install.lock/pid'), '99999999')
  const npmCi = async (): Promise<void> => write('node_modules/.package-lock.json', installed)
  await install(root, { say: () => {}, npmCi })
  expect(isInstalled(root)).toBe(true)
})

test.each([
  ['npm error code EAI_AGAIN', 'Connect to the network'],
  ['npm error network request to the registry failed', 'Connect to the network'],
  [
    'npm error `npm ci` can only install packages when your package.json and package-lock.json',
    'run `npm install`',
  ],
  ['npm error code ENOSPC', 'make room'],
  ['npm error code EACCES', 'make the folder'],
  ['npm error something else', 'by hand'],
])('for "%s" the advice says: %s', (words, advice) => {
  expect(npmAdvice(words)).toContain(advice)
})

function write(file: string, packages: object): void {
  mkdirSync(join(root, file, '..'), { recursive: true })
  writeFileSync(join(root, file), JSON.stringify({ packages }))
}
