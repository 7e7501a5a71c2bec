import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a command line left behind. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer
  readonly stderr: Buffer
}

export interface Started {
  readonly child: ChildProcess
  readonly pid: number
  readonly ended: Promise<Ended>
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Where standard error goes; default: collected apart. */
  readonly mergeStreams?: boolean
  readonly stdin?: string
}

const launcher = fileURLToPath(new URL('../once.mjs', import.meta.url))

/** Starts the real `once` command in a process of its own. */
export function startOnce(args: readonly string[], options: StartOptions = {}): Started {
  const env = { ...process.env, ONCE_STORE: undefined, ONCE_URL: undefined, ...options.env }
  const merged = options.mergeStreams === true
  const command = merged
    ? (['/bin/sh', ['-c', 'exec "$@" 2>&1', 'sh', process.execPath, launcher, ...args]] as const)
    : ([process.execPath, [launcher, ...args]] as const)
  const child = spawn(command[0], [...command[1]], {
    env,
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }),
    )
  })
  if (child.pid === undefined) throw new Error('once did not start')
  return { child, pid: child.pid, ended }
}

/** Runs `once` to its end, with its output as text. */
export async function runOnce(
  args: readonly string[],
  options?: StartOptions,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await startOnce(args, options).ended
  return { code, stdout: stdout.toString(), stderr: stderr.toString() }
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'once-cli-'))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** Whether a process runs; one that has ended and only waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'))
}

/** The lines of a file; none when it is not there. */
export function linesOf(file: string): readonly string[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}
