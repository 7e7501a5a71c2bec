import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { MUTANTS } from './list.ts'
import { mutated } from './mutant.ts'

const root = join(import.meta.dirname, '../../../..')

describe('the list of mutants', () => {
  test.each(MUTANTS)('$name still takes one guard out of src/$file', async (mutant) => {
    const source = await readFile(join(root, 'packages/once/src', mutant.file), 'utf8')
    expect(mutated(source, mutant)).not.toBe(source)
  })

  test('has each name once, and none that reads like an option', () => {
    const names = MUTANTS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/)
  })

  test('takes no guard out twice in the same way', () => {
    const changes = MUTANTS.map(({ file, find, replace }) => JSON.stringify([file, find, replace]))
    expect(new Set(changes).size).toBe(changes.length)
  })

  test.each(MUTANTS)('$name says which promise it breaks, and who should notice', (mutant) => {
    const { guards, guard, harm, caughtBy } = mutant
    expect(guards).toMatch(/^I\d+( I\d+)*$/)
    for (const text of [guard, harm]) expect(text).not.toBe('')
    expect(caughtBy.files.length).toBeGreaterThan(0)
    // Taken for a pattern by vitest, and for a text by the hunt.
    expect(caughtBy.named ?? 'all').toMatch(/^[\w ]+$/)
    for (const file of caughtBy.files) {
      expect(existsSync(join(root, 'packages/once/test', file)) ? '' : file).toBe('')
      expect(file.endsWith('.integration.test.ts')).toBe(caughtBy.project === 'integration')
    }
  })

  // Those without which there is no idempotency; where a store leaves one to the machine it has none of its own.
  test.each([
    ['the owner check', ['commit-owner', 'redis-commit-owner', 'sqlite-owner-in-update']],
    ['the lease check', ['claim-lease', 'redis-claim-lease', 'sqlite-live-run']],
    ['another payload before "executing"', ['claim-fingerprint-order', 'redis-mismatch-order']],
    ['the maximum of fences', ['fence-last', 'redis-fence-max', 'sqlite-fence-kept']],
    ['one bad key harms no other', ['redis-pcall', 'sqlite-bad-key']],
    ['a look after the watch stands', ['engine-look-after-watch', 'redis-resubscribe']],
    ['an old claim is extended before the callback', ['engine-fresh', 'engine-fresh-refused']],
  ])('takes out %s wherever it is code of its own', (_, names) => {
    expect(MUTANTS.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
  })

  test('takes guards out of the machine, the engine, the Lua and the SQL', () => {
    const count = (folder: string): number =>
      MUTANTS.filter(({ file }) => file.startsWith(folder)).length
    expect(count('machine.ts')).toBeGreaterThan(25)
    expect(count('engine/')).toBeGreaterThan(25)
    expect(count('stores/redis/')).toBeGreaterThan(25)
    expect(count('stores/sqlite/')).toBeGreaterThan(15)
  })
})
