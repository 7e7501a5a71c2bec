import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { MUTANTS } from './list.ts'

const root = join(import.meta.dirname, '../../../..')
const page = await readFile(join(root, 'docs/mutants.md'), 'utf8')
const ANEW = 'npm run --silent mutants -- --markdown > docs/mutants.md'

describe('docs/mutants.md', () => {
  test('shows the mutants of the list, each with its file, and no others', () => {
    const listed = MUTANTS.map(({ name, file }) => `${name} in ${file}`)
    const shown = [...page.matchAll(/^\| .+? \(`(.+?)`\) \| `(.+?)` \|/gm)].map(
      ([, name, file]) => `${name} in ${file}`,
    )
    const missing = listed.filter((mutant) => !shown.includes(mutant))
    const gone = shown.filter((mutant) => !listed.includes(mutant))
    expect({ missing, gone }, `run: ${ANEW}`).toEqual({ missing: [], gone: [] })
  })

  test('names tests that are there', () => {
    const named = [...page.matchAll(/ \| (\S+\.test\.ts) › /g)].map(([, file = '']) => file)
    const gone = [...new Set(named)].filter(
      (file) => !existsSync(join(root, 'packages/once/test', file)),
    )
    expect(named).not.toEqual([])
    expect(gone, `run: ${ANEW}`).toEqual([])
  })
})
