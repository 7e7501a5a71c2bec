import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Outcome, skipLines, tally, tallyLine } from '../vitest/tally.ts'

const root = join(import.meta.dirname, '../..')

test('a run of vitest is told test by test', async () => {
  const outcomes = await outcomesOf({
    'plain.test.ts': `
      test('passes', () => {})
      test('fails', () => { throw new Error('no') })
      test('is skipped for a reason', (context) => context.skip('no server here'))
      test.skip('is skipped for none', () => {})
      test.todo('is not written yet')`,
    'import.test.ts': `import './nothing-here.ts'\ntest('never seen', () => {})`,
    'hook.test.ts': `
      describe('suite', () => {
        beforeAll(() => { throw new Error('no') })
        test('never reached', () => {})
      })`,
    'unhandled.test.ts': `test('passes', async () => {
      Promise.reject(new Error('nobody looks'))
      await new Promise((resolve) => setTimeout(resolve, 20))
    })`,
  })
  expect(outcomes.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'an error outside of any test: nobody looks', state: 'failed' },
    { name: 'hook.test.ts > suite', state: 'failed' },
    { name: 'hook.test.ts > suite > never reached', state: 'failed' },
    { name: 'import.test.ts', state: 'failed' },
    { name: 'plain.test.ts > fails', state: 'failed' },
    { name: 'plain.test.ts > is not written yet', state: 'skipped' },
    { name: 'plain.test.ts > is skipped for a reason', state: 'skipped', reason: 'no server here' },
    { name: 'plain.test.ts > is skipped for none', state: 'skipped' },
    { name: 'plain.test.ts > passes', state: 'passed' },
    { name: 'unhandled.test.ts > passes', state: 'passed' },
  ])
}, 60_000)

test('with a filter by name the other tests do not count', async () => {
  const files = { 'some.test.ts': `test('this', () => {})\ntest('that', () => {})` }
  expect(await outcomesOf(files, '-t', 'this')).toEqual([
    { name: 'some.test.ts > this', state: 'passed' },
  ])
}, 60_000)

test('a test skipped without a reason counts as failed, one with a reason does not', () => {
  const outcomes: Outcome[] = [
    { name: 'a', state: 'passed' },
    { name: 'b', state: 'skipped' },
    { name: 'c', state: 'skipped', reason: 'no Docker' },
  ]
  expect(tally(outcomes)).toEqual({ passed: 1, failed: 1, skipped: 1 })
  expect(skipLines(outcomes)).toEqual([
    'skipped without a reason, counted as failed: b',
    'skipped: c: no Docker',
  ])
})

test('the last line names skipped tests only when there are any', () => {
  expect(tallyLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed')
  expect(tallyLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped')
})

/** Runs vitest on the files, in a folder of their own, and reads what the reporter wrote. */
async function outcomesOf(
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Outcome[]> {
  await mkdir(join(root, '.cache'), { recursive: true })
  const folder = await mkdtemp(join(root, '.cache/tally-test-'))
  try {
    for (const [name, body] of Object.entries(files)) {
      const imports = `import { beforeAll, describe, test } from 'vitest'\n`
      await writeFile(join(folder, name), imports + body)
    }
    await writeFile(join(folder, 'vitest.config.ts'), 'export default {}')
    const reporter = `--reporter=${join(root, 'scripts/vitest/tally-reporter.ts')}`
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const tallyFile = join(folder, 'outcomes.json')
    await new Promise((resolve) =>
      execFile(
        process.execPath,
        [vitest, 'run', '--root', folder, reporter, ...args],
        { env: { ...process.env, ONCEKIT_TALLY: tallyFile } },
        resolve,
      ),
    )
    return JSON.parse(await readFile(tallyFile, 'utf8'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
