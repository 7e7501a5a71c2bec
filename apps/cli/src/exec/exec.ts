import type { ExecuteOutcome } from '@oncekit/once'

import type { Arguments } from '../arguments/parse.ts'
import { EXIT } from '../exit-codes.ts'
import { CommandFailure } from '../failure.ts'
import { Interrupts } from '../interrupts.ts'
import { openStore } from '../open-store.ts'
import type { World } from '../world.ts'
import { execReport } from './exec-report.ts'
import { findProgram } from './find-program.ts'
import { replay } from './replay.ts'
import { execRequestOf } from './request.ts'
import { execResultOf } from './result.ts'
import { CommandFailed, runCommand } from './run-command.ts'

/** `once exec`: gives the exit code to end with. */
export async function runExec(args: Arguments, world: World): Promise<number> {
  const request = execRequestOf(args)
  const { key, json } = request
  refuseWindows(world)
  findProgram(request.command[0] ?? '', world.env['PATH'])

  using interrupts = new Interrupts(world)
  await using once = await openStore(args, world, request.settings)
  using settled = new DisposableStack()
  let outcome: ExecuteOutcome<unknown>
  try {
    outcome = await once.executeOutcome(
      key,
      (run) => runCommand(run, { request, world, interrupts, settled }),
      { ...request.options, signal: interrupts.leaving },
    )
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    if (json) await world.stdout.write(execReport(key, error.result))
    return error.result.exitCode
  }

  const result = execResultOf(outcome.value)
  if (result === undefined) throw foreignValue(key)
  if (json) await world.stdout.write(execReport(key, result, outcome))
  else if (outcome.leaseLost || outcome.replayed) {
    if (outcome.leaseLost) {
      await world.stderr.write(
        'once: the lease was lost while the command ran; this is the outcome of the caller who took over:\n',
      )
    }
    await replay(result, world)
  }
  return result.exitCode
}

function refuseWindows({ platform }: World): void {
  if (platform !== 'win32') return
  throw new CommandFailure({
    exitCode: EXIT.unavailable,
    code: 'CLI_UNSUPPORTED',
    message:
      'exec cannot keep its promises on Windows, which has no process groups to end when the owner dies',
    next: 'run it in WSL; the other commands work here',
  })
}

function foreignValue(key: string): CommandFailure {
  return new CommandFailure({
    exitCode: EXIT.mismatch,
    code: 'CLI_FOREIGN_VALUE',
    message: `"${key}" is done, but not by once exec: there is no output to replay`,
    next: 'look with once get, or use another key or --namespace',
  })
}
