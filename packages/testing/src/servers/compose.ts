import { run } from './run.ts'

/** A container that runs for the caller. */
export interface ComposeService extends AsyncDisposable {
  /** `127.0.0.1:49153` */
  readonly address: string
}

/**
 * Starts one service of a Compose file on a free port, as a project of its own, and resolves when
 * it is healthy; rejects when no Docker engine runs.
 */
export async function composeService(
  file: string,
  service: string,
  containerPort: number,
): Promise<ComposeService> {
  await run('docker', ['info'], { timeoutMs: 10_000 })
  const project = `oncekit-test-${process.pid}`
  // Port 0: the ones of compose.yaml are for people, and may be taken.
  const env = { [`ONCEKIT_${service.toUpperCase()}_PORT`]: '0' }
  const compose = (...args: string[]) =>
    run('docker', ['compose', '--project-name', project, '--file', file, ...args], { env })
  const down = async (): Promise<void> => void (await compose('down', '--volumes'))
  try {
    await compose('up', '--detach', '--wait', service)
    const { stdout } = await compose('port', service, String(containerPort))
    return { address: stdout.trim(), [Symbol.asyncDispose]: down }
  } catch (error) {
    await down().catch(() => {})
    throw error
  }
}
