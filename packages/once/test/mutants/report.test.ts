import { describe, expect, test } from 'vitest'

import { isProven } from './hunt.ts'
import type { Finding, Verdict } from './hunt.ts'

import { MUTANTS } from './list.ts'
import type { Mutant } from './mutant.ts'
import { listOf, pageOf, summary, tableOf } from './report.ts'

const mutant: Mutant = {
  ...{ name: 'commit-owner', guards: 'I3', guard: 'only a | b commits', harm: 'two outcomes' },
  ...{ file: 'machine.ts', find: 'a', replace: 'b' },
  caughtBy: { project: 'unit', files: ['machine.test.ts'] },
}
const CAUGHT = found({
  kind: 'caught',
  by: { file: 'machine.test.ts', test: 'commit › is the owner’s', message: 'expected 1 to be 2' },
})
const SURVIVED = found({ kind: 'survived' })
const UNKNOWN = found({ kind: 'unknown', why: 'the tests fail\nwithout it too' })

describe('the report', () => {
  test('names for each mutant the test that caught it', () => {
    expect(tableOf([CAUGHT])).toBe(
      [
        'mutant        guards  seconds  caught by',
        'commit-owner  I3          1.5  machine.test.ts › commit › is the owner’s',
        '',
        '1 of 1 mutants caught',
        '',
      ].join('\n'),
    )
  })

  test('tells survivors and what nothing is known of, and only then fails', () => {
    expect(summary([CAUGHT, SURVIVED, UNKNOWN])).toBe(
      '1 of 3 mutants caught, 1 survived, of 1 nothing is known',
    )
    expect(isProven([CAUGHT, found({ kind: 'caught by a hang' })])).toBe(true)
    expect(isProven([CAUGHT, SURVIVED])).toBe(false)
    expect(isProven([UNKNOWN])).toBe(false)
  })

  test('is a page too, whose cells hold neither lines nor bars of their own', () => {
    const rows = pageOf([CAUGHT, UNKNOWN]).split('\n').slice(-3, -1)
    expect(rows).toEqual([
      '| only a \\| b commits (`commit-owner`) | `machine.ts` | I3 | two outcomes | machine.test.ts › commit › is the owner’s |',
      '| only a \\| b commits (`commit-owner`) | `machine.ts` | I3 | two outcomes | UNKNOWN: the tests fail without it too |',
    ])
  })

  test('is the same page whatever the seed of a random test was', () => {
    const pageOfSeed = (seed: number): string =>
      pageOf([
        found({
          kind: 'caught',
          by: { file: 'a.test.ts', test: `holds (ONCEKIT_SEED=${seed})`, message: '' },
        }),
      ])
    expect(pageOfSeed(7)).toContain('| a.test.ts › holds |')
    expect(pageOfSeed(-1)).toBe(pageOfSeed(7))
  })

  test('has a row for every mutant of the list', () => {
    const rows = pageOf(MUTANTS.map((each) => ({ ...CAUGHT, mutant: each }))).match(
      /^\| .*`\) \|/gm,
    )
    expect(rows).toHaveLength(MUTANTS.length)
  })

  test('can say beforehand what will be taken out', () => {
    expect(listOf([mutant])).toBe('commit-owner  only a | b commits (src/machine.ts)\n')
  })
})

function found(verdict: Verdict): Finding {
  return { mutant, verdict, seconds: 1.49 }
}
