import type { Finding } from './hunt.ts'
import type { Mutant } from './mutant.ts'

/** All findings as a table for a terminal. */
export function tableOf(findings: readonly Finding[]): string {
  const rows = [
    ['mutant', 'guards', 'caught by', 'seconds'],
    ...findings.map(({ mutant, verdict, seconds }) => [
      mutant.name,
      mutant.guards,
      outcome(verdict),
      seconds.toFixed(1),
    ]),
  ]
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map(([name = '', guards = '', by = '', seconds = '']) =>
    [name.padEnd(widths[0] ?? 0), guards.padEnd(widths[1] ?? 0), seconds.padStart(7), by].join(
      '  ',
    ),
  )
  return `${lines.join('\n')}\n\n${summary(findings)}\n`
}

/** The last line: how many of how many. */
export function summary(findings: readonly Finding[]): string {
  const count = (kind: string): number =>
    findings.filter(({ verdict }) => verdict.kind.startsWith(kind)).length
  const parts = [`${count('caught')} of ${findings.length} mutants caught`]
  if (count('survived') > 0) parts.push(`${count('survived')} survived`)
  if (count('unknown') > 0) parts.push(`of ${count('unknown')} nothing is known`)
  return parts.join(', ')
}

/** The mutants by name, with what each takes out. */
export function listOf(mutants: readonly Mutant[]): string {
  const width = Math.max(...mutants.map(({ name }) => name.length))
  return mutants
    .map(({ name, file, guard }) => `${name.padEnd(width)}  ${guard} (src/${file})\n`)
    .join('')
}

/** The page `docs/mutants.md`. */
export function pageOf(findings: readonly Finding[]): string {
  const parts = AREAS.map(({ title, files }) => ({
    title,
    found: findings.filter(({ mutant }) => files.test(mutant.file)),
  }))
  return [
    INTRODUCTION,
    `The last run: ${summary(findings)}.\n`,
    ...parts.filter(({ found }) => found.length > 0).map(sectionOf),
  ].join('\n')
}

/** Each file of the source is in one. */
const AREAS: readonly { readonly title: string; readonly files: RegExp }[] = [
  { title: 'The state machine', files: /^machine\.ts$/ },
  { title: 'The engine', files: /^(engine\/|(once|view)\.ts)/ },
  { title: 'Records, keys, payloads and results', files: /^(record|key)\.ts$|^codec\// },
  { title: 'The memory store', files: /^stores\/memory/ },
  { title: 'The SQLite store', files: /^stores\/sqlite/ },
  { title: 'The Redis store', files: /^stores\/redis/ },
]

function sectionOf({ title, found }: { title: string; found: readonly Finding[] }): string {
  return `## ${title}

| guard | where | keeps | without it | noticed by |
|---|---|---|---|---|
${found.map(pageRow).join('\n')}
`
}

const INTRODUCTION = `# Every guard has a test

A test that cannot fail proves nothing. So the guards of \`@oncekit/once\` are taken out one by one, in a copy of the source: a comparison in the state machine, a condition in a Lua script, a clause of SQL, a check of the engine. For each there has to be a test that then fails.

\`\`\`sh
npm run mutants                                    # all, in five to ten minutes on two cores
npm run mutants -- --only 'commit-owner,redis-*'   # some
npm run mutants -- --list                          # what would be taken out
\`\`\`

The command first shows that the tests pass with every guard in place, then names for each mutant the first test that failed. It ends with an error when one is caught by nothing, or when the list in \`packages/once/test/mutants\` no longer fits the source. Numbers such as I3 are those of [Guarantees](guarantees.md); I23, which has no setting there yet, is that stores count attempts and end them at a limit.
`

function pageRow({ mutant, verdict }: Finding): string {
  const { name, file, guards, guard, harm } = mutant
  const noticedBy = withoutSeed(outcome(verdict))
  const cells = [`${guard} (\`${name}\`)`, `\`${file}\``, guards, harm, noticedBy]
  return `| ${cells.map(asCell).join(' | ')} |`
}

/** The name of a random test tells the seed of one run: on the page it would be news every time. */
function withoutSeed(text: string): string {
  return text.replaceAll(/ \(ONCEKIT_SEED=-?\d+\)/g, '')
}

function asCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
}

function outcome(verdict: Finding['verdict']): string {
  switch (verdict.kind) {
    case 'caught':
      return `${verdict.by.file} › ${verdict.by.test}`
    case 'caught by a hang':
      return 'the tests do not end'
    case 'survived':
      return 'SURVIVED'
    case 'unknown':
      return `UNKNOWN: ${verdict.why}`
    default:
      return verdict satisfies never
  }
}
