import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chooseNode, isNewEnough } from '../setup/choose-node.mjs'

const platform = process.platform === 'win32' ? 'win' : process.platform
const node = process.platform === 'win32' ? 'node.exe' : 'node'
let folder = ''
const versions = new Map<string, string>()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oncekit-nodes-'))
  versions.clear()
})
afterEach(() => rmSync(folder, { recursive: true }))

test('the running Node is taken when it is new enough', () => {
  const onPath = place('bin', 'v26.0.0')
  expect(choose('24.6.0', [onPath])).toBe('/running/node')
})

test('else the first on PATH that is new enough', () => {
  const old = place('old', 'v22.1.0')
  const next = place('next', 'v24.7.0')
  const newest = place('newest', 'v26.0.0')
  expect(choose('20.20.2', [old, next, newest])).toBe(next)
})

test('else the packaged one of this platform', () => {
  const packaged = place(`node_modules/node-${platform}-${process.arch}/bin`, 'v24.21.0')
  expect(choose('20.20.2', [place('old', 'v24.5.9')])).toBe(packaged)
})

test('a packaged one that does not run here, or none, is no choice', () => {
  expect(choose('20.20.2', [])).toBeUndefined()
  place(`node_modules/node-${platform}-${process.arch}/bin`, undefined)
  expect(choose('20.20.2', [])).toBeUndefined()
})

test.each([
  ['24.6.0', true],
  ['v24.21.0', true],
  ['25.0.0', true],
  ['24.5.9', false],
  ['v20.20.2', false],
  [undefined, false],
])('Node %s is new enough: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected)
})

function place(where: string, version: string | undefined): string {
  const file = join(folder, where, node)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
  if (version !== undefined) versions.set(file, version)
  return file
}

function choose(running: string, onPath: readonly string[]): string | undefined {
  return chooseNode(folder, {
    execPath: '/running/node',
    version: running,
    path: onPath.map((file) => dirname(file)).join(delimiter),
    versionOf: (file: string) => versions.get(file),
  })
}
