import { parseArgs } from 'node:util'

import type { Mutant } from './mutant.ts'

export interface MutantsOptions {
  readonly mutants: readonly Mutant[]
  readonly print: 'table' | 'markdown' | 'list' | 'help'
}

export const USAGE = `npm run mutants [-- options]

Takes guards out of a copy of the source, one at a time, and proves that a test notices each.

  --only a,b      mutants by name; part of a name, with a * behind it, is all that begin so
  --list          the names, and what each takes out
  --markdown      the table as the page docs/mutants.md
  --help
`

/** @throws Error that tells what is wrong with the command line */
export function parseOptions(argv: readonly string[], all: readonly Mutant[]): MutantsOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string' },
      list: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { only, list, markdown, help } = values
  return {
    mutants: only === undefined ? all : chosen(only, all),
    print: help ? 'help' : list ? 'list' : markdown ? 'markdown' : 'table',
  }
}

function chosen(text: string, all: readonly Mutant[]): readonly Mutant[] {
  const found = new Set<Mutant>()
  for (const asked of text.split(',').map((name) => name.trim())) {
    const fits = (name: string): boolean =>
      asked.endsWith('*') ? name.startsWith(asked.slice(0, -1)) : name === asked
    const mutants = all.filter(({ name }) => fits(name))
    if (mutants.length === 0) {
      throw new Error(`--only ${asked}: there is no such mutant; --list names all ${all.length}`)
    }
    for (const mutant of mutants) found.add(mutant)
  }
  return [...found]
}
