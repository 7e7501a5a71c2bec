import { nearest } from './arguments/nearest.ts'
import { parseArguments } from './arguments/parse.ts'
import type { CommandSpec } from './arguments/spec.ts'
import { COMMANDS } from './commands/index.ts'
import { failureOf } from './failure.ts'
import type { Failure } from './failure.ts'
import { commandHelp, overview } from './help.ts'
import { paintFor } from './terminal/paint.ts'
import { printable } from './terminal/printable.ts'
import { UsageError } from './usage-error.ts'
import { version } from './version.ts'
import type { World } from './world.ts'

/** Runs one command line, without the name of the program, and gives the exit code. Never rejects. */
export async function runCli(argv: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(argv, world)
  } catch (error) {
    const failure = failureOf(error)
    await world.stderr.write(wantsJson(argv) ? asJson(failure) : asLine(failure, world))
    if ((world.env['ONCE_DEBUG'] ?? '') !== '' && error instanceof Error) {
      await world.stderr.write(`${error.stack ?? ''}\n`)
    }
    return failure.exitCode
  }
}

async function dispatch([name, ...rest]: readonly string[], world: World): Promise<number> {
  const paint = paintFor(world.stdout, world)
  switch (name) {
    case undefined:
      throw new UsageError('no command given', `one of ${names()}; see once --help`)
    case '--version':
    case '-V':
    case 'version':
      await world.stdout.write(`once ${version()}\n`)
      return 0
    case '--help':
    case '-h':
    case 'help': {
      const about = rest.find((word) => !word.startsWith('-'))
      const text =
        name === 'help' && about !== undefined
          ? commandHelp(commandNamed(about), paint)
          : overview(COMMANDS, paint)
      await world.stdout.write(text)
      return 0
    }
    default:
      return runCommand(commandNamed(name), rest, world)
  }
}

async function runCommand(
  command: CommandSpec,
  argv: readonly string[],
  world: World,
): Promise<number> {
  const args = parseArguments(argv, command.options)
  if (args.has('help')) {
    await world.stdout.write(commandHelp(command, paintFor(world.stdout, world)))
    return 0
  }
  const run = await command.load()
  return run(args, world)
}

function commandNamed(name: string): CommandSpec {
  const command = COMMANDS.find((known) => known.name === name)
  if (command !== undefined) return command
  if (name.startsWith('-')) {
    throw new UsageError(`unknown option ${name}`, `the command comes first, one of ${names()}`)
  }
  const guess = nearest(
    name,
    COMMANDS.map((known) => known.name),
  )
  throw new UsageError(
    `unknown command "${name}"`,
    guess === undefined
      ? `it is one of ${names()}; see once --help`
      : `did you mean once ${guess}?`,
  )
}

function names(): string {
  return COMMANDS.map(({ name }) => name).join(', ')
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).includes('--json')
}

function asLine({ message, next }: Failure, world: World): string {
  const { red } = paintFor(world.stderr, world)
  // One line, whatever came in: several issues are told one after the other.
  const told = next === undefined ? message : `${message.replace(/\.$/, '')}; ${next}`
  const line = told.replace(/\s*\n\s*/g, ' ')
  return `${red('once:')} ${printable(line)}\n`
}

function asJson({ exitCode, code, message, next, retryable }: Failure): string {
  return `${JSON.stringify({ error: { code, message, next: next ?? null, retryable, exitCode } })}\n`
}
