import type { Run } from '@oncekit/once'

import { signalExitCode } from '../interrupts.ts'
import type { Interrupts } from '../interrupts.ts'
import type { World } from '../world.ts'
import { copyOutput } from './copy-output.ts'
import { runVariables } from './environment.ts'
import { GuardedProcess } from './guarded-process.ts'
import { Recording } from './recording.ts'
import type { ExecRequest } from './request.ts'
import type { ExecResult } from './result.ts'

export interface CommandContext {
  readonly request: Pick<ExecRequest, 'command' | 'graceMs' | 'keepFailures' | 'json'>
  readonly world: World
  readonly interrupts: Interrupts
  /** Disposed when the outcome is stored. */
  readonly settled: DisposableStack
}

/** The command failed. It has printed what it had to say, and its key is free again. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly result: ExecResult

  constructor(result: ExecResult) {
    super(`the command ended with ${result.signal ?? result.exitCode}`)
    this.result = result
  }
}

/**
 * Runs the command of one claim: its output streams through and is recorded.
 *
 * @throws {@link CommandFailed} when it fails, unless failures are kept; an interrupted command is never kept
 * @throws the reason of `run.signal` when the command was ended because the lease was lost
 */
export async function runCommand(run: Run, context: CommandContext): Promise<ExecResult> {
  const { request, world, interrupts, settled } = context
  run.signal.throwIfAborted()
  const env = { ...world.env, ...runVariables(run) }
  const command = await GuardedProcess.start(request.command, { env, graceMs: request.graceMs })
  // Not before the outcome is stored: should we die until then, the command is run again, and nothing of this run may be left.
  settled.defer(() => command.release())
  using _signals = connectSignals(command, run.signal, context)

  const recording = new Recording()
  copyOutput(command, recording, request.json ? undefined : world)
  if (await command.outputHeldOpen()) await world.stderr.write(HELD_OPEN)
  const { exitCode, signal } = await command.exited
  const result: ExecResult = {
    format: 'once-exec/1',
    exitCode: signal === null ? (exitCode ?? 0) : signalExitCode(signal),
    signal,
    ...recording.finish(),
  }
  if (result.exitCode === 0) return result
  run.signal.throwIfAborted()
  if (request.keepFailures && interrupts.forwarded === undefined) return result
  throw new CommandFailed(result)
}

const HELD_OPEN =
  'once: the command has ended, but something it started keeps its output open; what that still prints is dropped\n'
const NOT_SUSPENDED = 'once: not suspended, the lease would run out; end it with Ctrl-C\n'

/** The user's signals go to the command; the loss of the lease ends it. */
function connectSignals(
  command: GuardedProcess,
  lost: AbortSignal,
  { world, interrupts }: CommandContext,
): Disposable {
  const stack = new DisposableStack()
  interrupts.forwardTo((signal) => command.signal(signal))
  // After a lost lease the wait for the winner's outcome begins, and a wait can be left.
  stack.defer(() => (lost.aborted ? interrupts.leave() : interrupts.finish()))
  const stop = (): void => command.stop()
  lost.addEventListener('abort', stop, { once: true })
  stack.defer(() => lost.removeEventListener('abort', stop))
  if (lost.aborted) stop()
  stack.defer(world.onSignal(['SIGTSTP'], () => void world.stderr.write(NOT_SUSPENDED)))
  return stack
}
