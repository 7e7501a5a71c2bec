import type { CommandSpec, OptionSpec } from './arguments/spec.ts'
import { EXIT_CODE_HELP } from './exit-codes.ts'
import type { Paint } from './terminal/paint.ts'

/** The text of `once --help`. */
export function overview(commands: readonly CommandSpec[], paint: Paint): string {
  return sections([
    [
      undefined,
      ['once: run a command once per key, across processes and machines, and look after the keys'],
    ],
    [paint.bold('Usage'), ['once COMMAND [options] …', 'once COMMAND --help', 'once --version']],
    [paint.bold('Commands'), table(commands.map(({ name, summary }) => [name, summary]))],
    [
      paint.bold('Examples'),
      examples(
        commands.flatMap((command) => command.examples.slice(0, 1)),
        paint,
      ),
    ],
    [paint.bold('Environment'), table(ENVIRONMENT)],
    [paint.bold('Exit codes'), table(EXIT_CODE_HELP)],
  ])
}

/** The text of `once COMMAND --help`. */
export function commandHelp(command: CommandSpec, paint: Paint): string {
  return sections([
    [undefined, [`once ${command.name}: ${command.summary}`]],
    [paint.bold('Usage'), command.usage.map((form) => `once ${command.name} ${form}`)],
    [paint.bold('Examples'), examples(command.examples, paint)],
    [
      paint.bold('Options'),
      table(command.options.map((option) => [optionName(option), option.help])),
    ],
    ...command.sections.map(({ title, text }): Section => [
      paint.bold(title),
      wrap(text, WIDTH - 2),
    ]),
    [paint.bold('Exit codes'), table(exitCodes(command))],
  ])
}

type Section = readonly [heading: string | undefined, lines: readonly string[]]
type Row = readonly [name: string, text: string]

const WIDTH = 100

const ENVIRONMENT: readonly Row[] = [
  [
    'ONCE_STORE',
    'the store, unless --store names one; ONCE_URL likewise, when ONCE_STORE is not set',
  ],
  ['ONCE_NAMESPACE', 'the namespace, unless --namespace names one'],
  ['ONCE_DEBUG', 'not empty: errors come with their stack'],
  ['NO_COLOR', 'not empty: no colours'],
]

function exitCodes(command: CommandSpec): readonly Row[] {
  const own = command.exitCodes
  const [done, ...others] = EXIT_CODE_HELP
  return done === undefined ? own : [done, ...own, ...others]
}

function optionName({ name, short, value }: OptionSpec): string {
  const letter = short === undefined ? '' : `-${short}, `
  return `${letter}--${name}${value === undefined ? '' : ` ${value}`}`
}

function examples(list: CommandSpec['examples'], paint: Paint): readonly string[] {
  return list.flatMap(({ line, says }) => [line, `  ${paint.dim(says)}`])
}

function sections(parts: readonly Section[]): string {
  const texts = parts.map(([heading, lines]) =>
    heading === undefined
      ? lines.join('\n')
      : [heading, ...lines.map((line) => `  ${line}`)].join('\n'),
  )
  return `${texts.join('\n\n')}\n`
}

function table(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  return rows.flatMap(([name, text]) =>
    wrap(text, WIDTH - 2 - width).map(
      (line, index) => (index === 0 ? name : '').padEnd(width) + line,
    ),
  )
}

/** Lines of at most `width` characters, broken between words. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
