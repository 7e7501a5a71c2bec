import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { EXIT } from '../exit-codes.ts'
import { CommandFailure } from '../failure.ts'
import { printable } from '../terminal/printable.ts'

/**
 * Makes sure that a command can be started, before its key is taken.
 *
 * @throws {@link CommandFailure} 127 when there is none of that name, 126 when it is no program
 */
export function findProgram(name: string, path: string | undefined): void {
  const candidates = name.includes('/')
    ? [name]
    : (path ?? DEFAULT_PATH).split(delimiter).map((folder) => join(folder || '.', name))
  if (name !== '' && candidates.some(isProgram)) return
  const found = name !== '' && candidates.some(exists)
  const shown = printable(name)
  throw new CommandFailure(
    found
      ? {
          exitCode: EXIT.notExecutable,
          code: 'CLI_NOT_EXECUTABLE',
          message: `"${shown}" is not a program that may be run`,
          next: 'nothing was run; make it executable, or name its interpreter',
        }
      : {
          exitCode: EXIT.notFound,
          code: 'CLI_NOT_FOUND',
          message: `command "${shown}" not found`,
          next: 'nothing was run; a builtin or a pipe needs a shell: -- sh -c "…"',
        },
  )
}

// What a POSIX shell searches when PATH is not set.
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

function exists(file: string): boolean {
  try {
    return statSync(file).isFile()
  } catch {
    return false
  }
}
