import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

import { EXIT } from '../exit-codes.ts'
import { CommandFailure } from '../failure.ts'
import { trampolineEnvironment } from './environment.ts'
import { NO_GUARDIAN, TRAMPOLINE } from './trampoline.ts'

/** How a command ended: with a code, or by a signal. */
export interface Ending {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

export interface GuardedOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Between TERM and KILL. */
  readonly graceMs: number
}

/**
 * A command in a process group of its own, under the guardian of {@link TRAMPOLINE}: it does not outlive this process, however this
 * process ends. It reads this process's standard input.
 */
export class GuardedProcess {
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves when the command itself has ended; something it left in the background may still hold its output. */
  readonly exited: Promise<Ending>
  readonly #pid: number
  readonly #line: Socket
  readonly #graceMs: number
  #released = false
  #killTimer: NodeJS.Timeout | undefined

  private constructor(child: ChildProcess, parts: Parts, graceMs: number) {
    this.stdout = parts.stdout
    this.stderr = parts.stderr
    this.#pid = parts.pid
    this.#line = parts.line
    this.#graceMs = graceMs
    this.exited = exitOf(child, parts.line)
    // Lost words are no harm: they are lost only when nobody is there to hear them.
    this.#line.on('error', () => {})
  }

  /** @throws {@link CommandFailure} when the command could not be started; it did not run then */
  static async start(
    command: readonly string[],
    { env, graceMs }: GuardedOptions,
  ): Promise<GuardedProcess> {
    try {
      const child = spawn(
        '/bin/sh',
        ['-c', TRAMPOLINE, 'once exec', String(graceMs / 1000), ...command],
        {
          stdio: ['inherit', 'pipe', 'pipe', 'pipe'],
          detached: true,
          env: trampolineEnvironment(command, env),
        },
      )
      await once(child, 'spawn')
      const started = new GuardedProcess(child, partsOf(child), graceMs)
      started.#line.write('go\n')
      return started
    } catch (cause) {
      throw notStarted(cause)
    }
  }

  /**
   * Resolves when the command has ended and its output has been read to the end. Gives true when that end did not come in
   * {@link OUTPUT_PATIENCE_MS}, because something in the background keeps the output open; it is read no further then.
   */
  async outputHeldOpen(): Promise<boolean> {
    const streams = [this.stdout, this.stderr]
    const closed = Promise.all(streams.map(closing))
    await this.exited
    const over = new AbortController()
    const patience = sleep(OUTPUT_PATIENCE_MS, true, { signal: over.signal }).catch(() => true)
    const heldOpen = await Promise.race([closed.then(() => false), patience])
    over.abort()
    if (heldOpen) for (const stream of streams) stream.destroy()
    return heldOpen
  }

  /** Sends a signal to the whole group. */
  signal(signal: NodeJS.Signals): void {
    // Once released, the group's number may belong to others.
    if (this.#released) return
    try {
      process.kill(-this.#pid, signal)
    } catch {
      // The whole group has ended.
    }
  }

  /** Ends the whole group: TERM now, KILL when the grace is over. */
  stop(): void {
    if (this.#released || this.#killTimer !== undefined) return
    // The guardian takes an end without "done" for our death, and ends the group. Should someone have killed it, we do.
    this.#line.end()
    this.#killTimer = setTimeout(() => this.signal('SIGKILL'), this.#graceMs + GUARDIAN_PATIENCE_MS)
    const disarm = (): void => clearTimeout(this.#killTimer)
    this.exited.then(disarm, disarm)
  }

  /** The run is settled: what the command left in the background may live on. After {@link stop} it does not. */
  release(): void {
    this.#released = true
    clearTimeout(this.#killTimer)
    this.#line.end('done\n')
  }
}

const OUTPUT_PATIENCE_MS = 5_000
const GUARDIAN_PATIENCE_MS = 500

interface Parts {
  readonly pid: number
  readonly stdout: Readable
  readonly stderr: Readable
  readonly line: Socket
}

function partsOf(child: ChildProcess): Parts {
  const { pid, stdout, stderr } = child
  const line = child.stdio[3]
  if (pid !== undefined && stdout !== null && stderr !== null && line instanceof Socket) {
    return { pid, stdout, stderr, line }
  }
  throw new Error('the system gave no pipes')
}

async function exitOf(child: ChildProcess, line: Socket): Promise<Ending> {
  let ready = false
  line.once('data', () => {
    ready = true
  })
  const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (resolve) => {
      child.once('exit', (code, name) => resolve([code, name]))
    },
  )
  if (exitCode === NO_GUARDIAN) {
    // The news of the end may overtake the word that was said before it.
    await nextTurn()
    await nextTurn()
    if (!ready) throw notStarted(new Error('no guardian could be set beside it'))
  }
  return { exitCode, signal }
}

async function closing(stream: Readable): Promise<void> {
  if (!stream.closed) await once(stream, 'close')
}

function notStarted(cause: unknown): CommandFailure {
  const why = cause instanceof Error ? ` (${cause.message})` : ''
  return new CommandFailure(
    {
      exitCode: EXIT.internal,
      code: 'CLI_NOT_STARTED',
      message: `the command could not be started${why}`,
      next: 'it did not run; are processes or memory used up, or is the command line too long?',
    },
    { cause },
  )
}
