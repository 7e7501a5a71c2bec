import { describe, expect, test } from 'vitest'

import { MUTANTS } from './list.ts'
import { parseOptions } from './options.ts'

describe('the command line', () => {
  test('without options tries every mutant and prints a table', () => {
    expect(parseOptions([], MUTANTS)).toEqual({ mutants: MUTANTS, print: 'table' })
  })

  test('takes mutants by name and by how their names begin, each once', () => {
    const { mutants } = parseOptions(['--only', 'fence-*, commit-owner,commit-own*'], MUTANTS)
    expect(mutants.map(({ name }) => name)).toEqual(['fence-last', 'fence-clock', 'commit-owner'])
  })

  test.each([
    [['--list'], 'list'],
    [['--markdown'], 'markdown'],
    [['--help'], 'help'],
    [['-h', '--list'], 'help'],
  ])('%j prints something else', (argv, print) => {
    expect(parseOptions(argv, MUTANTS).print).toBe(print)
  })

  test.each([
    [['--only', 'commit-owner,comit-owner'], '--only comit-owner'],
    [['--only', ''], '--only '],
    [['--only', 'zebra*'], '--only zebra*'],
    [['--onyl', 'commit-owner'], '--onyl'],
    [['commit-owner'], 'commit-owner'],
  ])('%j is refused, and told why', (argv, why) => {
    expect(() => parseOptions(argv, MUTANTS)).toThrow(why)
  })
})
