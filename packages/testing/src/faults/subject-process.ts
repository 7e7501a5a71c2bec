import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** The file descriptor a process of the rig writes its history to, one JSON line at a time. */
export const HISTORY_FD = 4

/** How a {@link SubjectProcess} is started and who hears it. */
export interface SubjectProcessOptions {
  readonly name: string
  /** A TypeScript file. */
  readonly script: string
  /** Given to the script as JSON, in `process.argv[2]`. */
  readonly setup: unknown
  /** A line the process wrote to {@link HISTORY_FD}; also what it wrote right before it died. */
  readonly onLine: (line: string) => void
  /** A message it sent. */
  readonly onMessage: (message: unknown, from: SubjectProcess) => void
  readonly onExit: (from: SubjectProcess) => void
}

/** A real process under test: to talk to, to freeze and to kill. */
export class SubjectProcess implements AsyncDisposable {
  readonly name: string
  readonly #child: ChildProcess
  readonly #gone: Promise<void>
  #paused = false
  #heard = false

  constructor(options: SubjectProcessOptions) {
    this.name = options.name
    const child = fork(options.script, [JSON.stringify(options.setup)], {
      execArgv: ['--conditions=@oncekit/source'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    })
    this.#child = child
    const pipe = child.stdio[HISTORY_FD]
    if (!(pipe instanceof Readable)) throw new Error('the process has no pipe for its history')
    const lines = createInterface({ input: pipe })
    lines.on('line', (line) => {
      this.#heard = true
      options.onLine(line)
    })
    child.on('message', (message) => options.onMessage(message, this))
    // Only when the last line has been read: what it wrote before it died belongs before its death.
    this.#gone = Promise.all([exitOf(child), once(lines, 'close')]).then(() => options.onExit(this))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** It ended by itself, without an error. */
  get hasClosed(): boolean {
    return this.#child.exitCode === 0
  }

  /** How it ended, when it was neither killed nor told to end. */
  get crash(): string | undefined {
    const { exitCode, signalCode } = this.#child
    if (signalCode !== null) return signalCode === 'SIGKILL' ? undefined : `got ${signalCode}`
    return exitCode === null || exitCode === 0 ? undefined : `ended with exit code ${exitCode}`
  }

  /** It has written its first line. */
  get isReady(): boolean {
    return this.#heard && this.isRunning && !this.#paused
  }

  /** Resolves when the process has ended and its last line was heard. */
  get gone(): Promise<void> {
    return this.#gone
  }

  send(message: object): void {
    if (this.isRunning && this.#child.connected) this.#child.send(message, () => undefined)
  }

  pause(): void {
    this.#paused = true
    this.#child.kill('SIGSTOP')
  }

  /** It stops itself: known as paused from now on. */
  stopsItself(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#gone
  }

  /** Waits for it to end by itself. False: it did not, and was killed. */
  async ended(patienceMs: number): Promise<boolean> {
    const abort = new AbortController()
    const late = sleep(patienceMs, 'late', { signal: abort.signal }).catch(() => 'left')
    const isLate = (await Promise.race([this.#gone, late])) === 'late'
    abort.abort()
    if (isLate) await this.kill()
    return !isLate
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

async function exitOf(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('error', reject)
  child.once('exit', () => resolve())
  await promise
}
