import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** The service, started as a user starts it. */
export interface PaymentsProcess extends AsyncDisposable {
  readonly url: string
  /** What it printed so far. */
  readonly output: () => string
  /** Asks it to stop, and resolves to how it ended. */
  readonly stop: () => Promise<number | null>
  readonly kill: () => Promise<void>
}

export interface StartOptions {
  /** Where its files are. */
  readonly folder: string
  readonly args?: readonly string[]
  readonly paymentMs?: number
}

export async function startPayments(options: StartOptions): Promise<PaymentsProcess> {
  const { args = ['--port', '0'], folder, paymentMs = 300 } = options
  const main = join(import.meta.dirname, '../main.ts')
  const child = spawn(
    process.execPath,
    ['--conditions=@oncekit/source', main, '--folder', folder, ...args],
    { env: { ...process.env, PORT: '', PAYMENT_MS: `${paymentMs}` }, stdio: 'pipe' },
  )
  const ended = once(child, 'close') as Promise<[number | null]>
  let output = ''
  const { promise: url, resolve } = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const found = /^payments on (\S+)$/m.exec(output)?.[1]
      // The guide is printed in one go, so all of it is there.
      if (found !== undefined) resolve(found)
    })
  }
  const failed = ended.then(() => Promise.reject(new Error(`payments did not start: ${output}`)))

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const [code] = await ended
    return code
  }
  return {
    url: await Promise.race([url, failed]),
    output: () => output,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}
