import { spawn } from 'node:child_process'

/** Something to check: commands that all must succeed, one after the other. */
export interface Step {
  readonly name: string
  readonly commands: readonly (readonly string[])[]
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
}

/** How a step went. */
export interface StepResult {
  readonly ok: boolean
  readonly seconds: number
  /** What the commands printed. */
  readonly output: string
}

/** Runs the commands of a step until one fails. */
export async function runStep({ commands, env = {} }: Step, cwd: string): Promise<StepResult> {
  const started = performance.now()
  let output = ''
  let ok = true
  for (const command of commands) {
    const ended = await run(command, cwd, env)
    output += ended.output
    ok = ended.ok
    if (!ok) break
  }
  return { ok, seconds: (performance.now() - started) / 1000, output }
}

function run(
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly ok: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      shell: process.platform === 'win32',
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    child.once('error', ({ message }) => resolve({ ok: false, output: message }))
    child.once('close', (code) => resolve({ ok: code === 0, output }))
  })
}
