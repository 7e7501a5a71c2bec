import type { Run } from '@oncekit/once'

/** What the command is told about its run. */
export function runVariables(run: Run): Readonly<Record<string, string>> {
  return {
    ONCE_KEY: run.key,
    ONCE_FENCE: String(run.fence),
    ONCE_ATTEMPT: String(run.attempt),
    ONCE_DERIVED_KEY: run.deriveKey('exec'),
  }
}

/**
 * The environment to start the trampoline with, so that the command gets all of `env`. A shell drops variables whose names are no
 * identifiers (names with dots, the functions that bash exports): they travel as words for `env`, in a variable of their own, for
 * another user can read a command line but not an environment.
 */
export function trampolineEnvironment(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  // `env` would take a program's name with "=" in it for a variable.
  if (command[0]?.includes('=') === true) return { ...env, [ODD_VARIABLES]: '' }
  const odd = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || name === '' || IDENTIFIER.test(name) ? [] : [quoted(`${name}=${value}`)],
  )
  return { ...env, [ODD_VARIABLES]: odd.join(' ') }
}

/** The variable that carries the others; the trampoline takes it away again. */
export const ODD_VARIABLES = 'ONCE_EXEC_VARIABLES'

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

/** One word for a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
