import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface EndedProof {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface ProofProcess {
  readonly child: ChildProcess
  readonly err: () => string
  readonly ended: Promise<EndedProof>
}

/** The proof, started as a user starts it; temporary files go to the folder. */
export function startProof(folder: string, args: readonly string[]): ProofProcess {
  const main = join(import.meta.dirname, '../main.ts')
  const child = spawn(
    process.execPath,
    ['--conditions=@oncekit/source', main, '--prove', ...args],
    { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text.out += more))
  child.stderr.setEncoding('utf8').on('data', (more: string) => (text.err += more))
  const closed = once(child, 'close') as Promise<[number | null]>
  return { child, err: () => text.err, ended: closed.then(([code]) => ({ code, ...text })) }
}
