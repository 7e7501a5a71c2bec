import { describe, expect, test } from 'vitest'

import { MutantOutdated, mutated } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const SOURCE = `function commit(record, request) {
  if (record.token !== request.token) return 'lost'
  if (record.done) return 'lost'
  return 'committed'
}
`

describe('a mutant', () => {
  test('is the source with one text replaced, and nothing else', () => {
    const changed = mutated(SOURCE, mutant("if (record.done) return 'lost'", '/* $& */'))
    expect(changed).toBe(SOURCE.replace("if (record.done) return 'lost'", () => '/* $& */'))
  })

  test('that no longer applies is named, with the line that looks most like it', () => {
    const outdated = mutant("if (record.token !== request.token) return { answer: 'lost' }")
    const failure = messageOf(() => mutated(SOURCE, outdated))
    expect(failure).toContain('commit-owner')
    expect(failure).toContain('src/machine.ts')
    expect(failure).toContain("line 2\n    if (record.token !== request.token) return 'lost'")
  })

  test('that applies twice is named, with both lines', () => {
    const failure = messageOf(() => mutated(SOURCE, mutant("return 'lost'")))
    expect(failure).toContain(
      'commit-owner: src/machine.ts holds it more than once, in lines 2 and 3',
    )
  })

  test('that looks like nothing in the file says so', () => {
    expect(messageOf(() => mutated(SOURCE, mutant('zebra')))).toContain('nothing like it')
  })

  test('has to change something', () => {
    const same = mutant("return 'committed'", "return 'committed'")
    expect(messageOf(() => mutated(SOURCE, same))).toContain('by itself')
  })
})

function mutant(find: string, replace = ''): Mutant {
  return {
    ...{
      name: 'commit-owner',
      guards: 'I3',
      guard: 'only the owner commits',
      harm: 'two outcomes',
    },
    ...{ file: 'machine.ts', find, replace },
    caughtBy: { project: 'unit', files: ['machine.test.ts'] },
  }
}

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof MutantOutdated) return error.message
    throw error
  }
  return expect.fail('it applies')
}
