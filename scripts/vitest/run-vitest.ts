import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outcome } from './tally.ts'

const repository = join(import.meta.dirname, '../..')

export interface VitestOptions {
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** Given what it prints, when it is over. @defaultValue it prints on this terminal */
  readonly printed?: (output: string) => void
}

/**
 * Runs vitest and resolves to how each test ended. A run that breaks off before it could tell counts as a failed test, and so does
 * one that finds no test, unless told otherwise.
 */
export async function runVitest(
  args: readonly string[],
  { env = {}, printed }: VitestOptions = {},
): Promise<readonly Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'oncekit-tally-'))
  const file = join(folder, 'outcomes.json')
  try {
    const vitest = spawn(
      process.execPath,
      [
        join(repository, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        `--reporter=${join(import.meta.dirname, 'tally-reporter.ts')}`,
        ...args,
      ],
      {
        stdio: printed === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...env, ONCEKIT_TALLY: file },
      },
    )
    let output = ''
    for (const stream of [vitest.stdout, vitest.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const [code, signal] = await once(vitest, 'close')
    const outcomes = await readOutcomes(file)
    if (code !== 0 || outcomes.length > 0) printed?.(output)
    if (code === 0 || outcomes.some(({ state }) => state === 'failed')) return outcomes
    return [...outcomes, { name: `vitest ended with ${code ?? signal}`, state: 'failed' }]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readOutcomes(file: string): Promise<readonly Outcome[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return [{ name: 'vitest told no outcome', state: 'failed' }]
  }
}
