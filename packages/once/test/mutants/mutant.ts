/** A single guard taken out of the source, or weakened. */
export interface Mutant {
  readonly name: string
  /** The promises that the guard keeps, by their numbers in `docs/guarantees.md`. */
  readonly guards: string
  /** What the guard is, in a few words. */
  readonly guard: string
  /** What goes wrong without it. */
  readonly harm: string
  /** Below `packages/once/src`. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  readonly caughtBy: TestFiles
  /** A run without end notices it too: the test then waits for what never comes. */
  readonly mayHang?: true
}

/** The fewest tests that should notice. */
export interface TestFiles {
  readonly project: 'unit' | 'integration'
  /** Below `packages/once/test`. */
  readonly files: readonly string[]
  /** Only those in whose name, or in that of a group of theirs, this stands. @defaultValue all of the files */
  readonly named?: string
}

/** The list and the source do not fit together any more. */
export class MutantOutdated extends Error {
  override readonly name = 'MutantOutdated'
}

/**
 * The source without the guard.
 *
 * @throws {@link MutantOutdated} when the text to replace does not stand exactly once in it
 */
export function mutated(source: string, { name, file, find, replace }: Mutant): string {
  const at = source.indexOf(find)
  if (at === -1) {
    throw new MutantOutdated(
      `${name}: src/${file} no longer holds\n${indented(find)}\n  the nearest is${nearest(source, find)}`,
    )
  }
  const again = source.indexOf(find, at + 1)
  if (again !== -1) {
    const lines = [at, again].map((index) => lineOf(source, index)).join(' and ')
    throw new MutantOutdated(
      `${name}: src/${file} holds it more than once, in lines ${lines}\n${indented(find)}`,
    )
  }
  if (find === replace) throw new MutantOutdated(`${name}: replaces a text by itself`)
  return source.slice(0, at) + replace + source.slice(at + find.length)
}

/** The line that shares the most words with the text, with its number. */
function nearest(source: string, text: string): string {
  const wanted = wordsOf(text)
  let best = { line: 0, text: '', shared: 0 }
  for (const [index, line] of source.split('\n').entries()) {
    const words = wordsOf(line)
    // Of two lines with as many words in common the shorter one is nearer.
    const shared = [...words].filter((word) => wanted.has(word)).length - words.size / 1000
    if (shared > best.shared) best = { line: index + 1, text: line.trim(), shared }
  }
  return best.shared === 0 ? ': nothing like it' : ` line ${best.line}\n${indented(best.text)}`
}

function wordsOf(text: string): Set<string> {
  return new Set(text.match(/\w+/g))
}

function lineOf(source: string, index: number): number {
  return source.slice(0, index).split('\n').length
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ')
}
