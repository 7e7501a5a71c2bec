import { join } from 'node:path'

import { runOnce, startOnce, temporaryFolder } from './once-process.ts'
import type { Started, StartOptions } from './once-process.ts'

interface Text {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder of its own for a test's commands, who know it as `$DIR`, and the store they share. */
export interface Place extends AsyncDisposable {
  readonly folder: string
  file(name: string): string
  start(args: readonly string[], options?: StartOptions): Started
  run(args: readonly string[], options?: StartOptions): Promise<Text>
  /** Runs `once exec KEY -- sh -c SCRIPT`. */
  sh(key: string, script: string): Promise<Text>
}

/** @param env - Default: a SQLite store in the folder. */
export async function openPlace(env: StartOptions['env'] = {}): Promise<Place> {
  const folder = await temporaryFolder()
  const { path } = folder
  const started: Started[] = []
  const within = (options: StartOptions = {}): StartOptions => ({
    cwd: path,
    ...options,
    env: { ONCE_STORE: `sqlite:${join(path, 'once.db')}`, DIR: path, ...env, ...options.env },
  })
  return {
    folder: path,
    file: (name) => join(path, name),
    start(args, options) {
      const one = startOnce(args, within(options))
      started.push(one)
      return one
    },
    run: (args, options) => runOnce(args, within(options)),
    sh: (key, script) => runOnce(['exec', key, '--', 'sh', '-c', script], within()),
    async [Symbol.asyncDispose]() {
      // After a failed test something may still run; the guardian ends what it started.
      for (const { child } of started) child.kill('SIGKILL')
      await folder[Symbol.asyncDispose]()
    },
  }
}
