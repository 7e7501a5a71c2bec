import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { completeLockfile, type Lockfile, missingOptionals } from '../setup/complete-lockfile.mjs'

const tool = (optionalDependencies: Record<string, string>) => ({
  packages: {
    '': {},
    'node_modules/tool': { version: '1.2.3', dev: true, optionalDependencies },
    'node_modules/@tool/linux-x64-gnu': { version: '1.2.3', optional: true },
  },
})

test('our lockfile names the packages of every platform, or npm ci refuses it', () => {
  const file = new URL('../../package-lock.json', import.meta.url)
  const lockfile: Lockfile = JSON.parse(readFileSync(file, 'utf8'))
  const missing = missingOptionals(lockfile)
  expect(missing, 'run: node scripts/complete-lockfile.mjs').toEqual([])
})

test('what is missing is added as npm writes it', () => {
  const { complete, added } = completeLockfile(
    tool({ '@tool/linux-x64-gnu': '1.2.3', '@tool/linux-arm64-musl': '1.2.3' }),
  )
  expect(added).toEqual(['@tool/linux-arm64-musl'])
  expect(complete.packages['node_modules/@tool/linux-arm64-musl']).toEqual({
    version: '1.2.3',
    cpu: ['arm64'],
    dev: true,
    libc: ['musl'],
    license: 'MIT',
    optional: true,
    os: ['linux'],
  })
  expect(missingOptionals(complete)).toEqual([])
  expect(Object.keys(complete.packages)).toEqual(Object.keys(complete.packages).toSorted())
})

test('a package of no platform it knows is not guessed', () => {
  expect(() => completeLockfile(tool({ 'fancy-thing': '1.0.0' }))).toThrow('add it by hand')
})
