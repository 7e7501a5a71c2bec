import { spawn } from 'node:child_process'

/** What a program printed. */
export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end and resolves to what it printed; rejects with its last words when it
 * cannot start, ends with another code than 0, or takes longer than `timeoutMs` (5 minutes).
 */
export function run(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string>>
    readonly timeoutMs?: number
  } = {},
): Promise<Output> {
  const timeoutMs = options.timeoutMs ?? 300_000
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Not `timeout`: its timer goes on for a program that does not exist.
      signal: AbortSignal.timeout(timeoutMs),
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    child.once('error', (cause) => {
      const what =
        cause.name === 'AbortError' ? `took longer than ${timeoutMs} ms` : 'did not start'
      reject(new Error(`${command} ${what}`, { cause }))
    })
    child.once('close', (code, signal) => {
      if (code === 0) return resolve({ stdout, stderr })
      const words = (stderr.trim() || stdout.trim()).split('\n').slice(-3).join(' / ')
      reject(new Error(`${command} ended with ${code ?? signal}: ${words}`))
    })
  })
}
