import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testsToLeaveOut } from '../tasks/tests-to-leave-out.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'oncekit-tests-'))
  write('packages/a/test/talks.integration.test.ts', `inject('redisUrl')`)
  write('packages/a/test/starts.integration.test.ts', `await startRedis()`)
  write('packages/a/test/fixture.ts', `export const server = () => startRedis()`)
  write('packages/a/test/by-fixture.integration.test.ts', `import { server } from './fixture.ts'`)
  write('bench/test/free.integration.test.ts', `import '../src/any.ts'`)
})
afterEach(() => rmSync(root, { recursive: true }))

test('nothing is left out when nothing is missing', async () => {
  expect(await testsToLeaveOut([], root)).toEqual([])
})

test('a test that needs what is missing is left out, with the reason', async () => {
  expect(await testsToLeaveOut([{ need: 'redisUrl', reason: 'no Docker' }], root)).toEqual([
    { file: 'packages/a/test/talks.integration.test.ts', reason: 'no Docker' },
  ])
})

test('so is one that needs it through a file beside it', async () => {
  const leftOut = await testsToLeaveOut([{ need: 'startRedis', reason: 'no program' }], root)
  expect(leftOut.map(({ file }) => file).toSorted()).toEqual([
    'packages/a/test/by-fixture.integration.test.ts',
    'packages/a/test/starts.integration.test.ts',
  ])
})

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}
