import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statfsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { guard } from './servers/guardian.ts'
import { provision } from './servers/provision.ts'
import { redisRecipe } from './servers/redis-recipe.ts'
import { waitForLine } from './servers/wait-for-line.ts'

/** Settings of {@link startRedis}. */
export interface RedisServerOptions {
  /** @defaultValue a free one */
  readonly port?: number
  /** Append-only file: none, flushed to disk at each write, or each second. @defaultValue `'no'` */
  readonly aof?: 'no' | 'always' | 'everysec'
  /** Further arguments, as on the command line: `['--maxmemory', '4mb']`. */
  readonly args?: readonly string[]
  /** Data folder, kept at the end. @defaultValue a temporary one in memory, removed at the end */
  readonly dir?: string
}

/** A Redis server of one's own, to use and to hurt. */
export interface RedisServer extends AsyncDisposable {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  /** Process number; another one after {@link RedisServer.restart}. */
  readonly pid: number
  readonly dir: string
  /** Freezes the process (SIGSTOP): connections stay open, nothing is answered. */
  pause(): void
  /** Lets a paused process go on (SIGCONT). */
  resume(): void
  /** Ends it without a chance to clean up (SIGKILL); resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again on the same port and folder, after ending it if it runs; resolves when it answers. */
  restart(): Promise<void>
  /** Ends it for good and removes its temporary folder. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts a Redis (or Valkey) server on 127.0.0.1; resolves when it answers. The program is found
 * or fetched as `npm test` does. The server never outlives the process that started it.
 *
 * @throws {@link ServerUnavailableError} when no server program can be had
 * @example
 * await using redis = await startRedis({ aof: 'always' })
 * const client = createClient({ url: redis.url })
 * await redis.kill()
 * await redis.restart()
 */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = await provision(redisRecipe)
  const dir = options.dir ?? (await mkdtemp(join(memoryFolder(), 'oncekit-redis-')))
  const start = async (port: number): Promise<ChildProcess> => {
    const child = spawn(program.path, redisArguments(port, dir, options), {
      env: { ...process.env, ...program.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Out of the terminal's process group: Ctrl-C is for the owner, which then ends the server.
      detached: true,
    })
    try {
      await waitForLine(child, /Ready to accept connections/)
    } catch (error) {
      await end(child, 'SIGKILL')
      throw error
    }
    return child
  }

  let child: ChildProcess
  let port: number
  try {
    ;[child, port] = await onSomePort(options.port, start)
  } catch (error) {
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
    throw error
  }
  const guardian = guard(pidOf(child), options.dir === undefined ? dir : undefined)
  let stopped: Promise<void> | undefined

  const stop = async (): Promise<void> => {
    // A folder the caller keeps deserves a clean end; a temporary one does not need it.
    await end(child, options.dir === undefined ? 'SIGKILL' : 'SIGTERM')
    guardian.release()
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return pidOf(child)
    },
    dir,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      await end(child, 'SIGKILL')
      guardian.follow(undefined)
    },
    async restart() {
      if (stopped !== undefined) throw new Error('the Redis server was stopped for good')
      await end(child, 'SIGTERM')
      child = await start(port)
      guardian.follow(pidOf(child))
    },
    stop: () => (stopped ??= stop()),
    [Symbol.asyncDispose]: () => (stopped ??= stop()),
  }
}

function redisArguments(port: number, dir: string, options: RedisServerOptions): string[] {
  const aof = options.aof ?? 'no'
  const appendOnly = ['--appendonly', aof === 'no' ? 'no' : 'yes']
  return [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
    ...(aof === 'no' ? appendOnly : [...appendOnly, '--appendfsync', aof]),
    ...(options.args ?? []),
    // The log tells when it is ready.
    ...['--logfile', '', '--loglevel', 'notice'],
  ]
}

/** A free port may be taken between finding and using it: then another. */
async function onSomePort(
  wanted: number | undefined,
  start: (port: number) => Promise<ChildProcess>,
): Promise<[ChildProcess, number]> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort())
    try {
      return [await start(port), port]
    } catch (error) {
      const taken = error instanceof Error && /address already in use/i.test(error.message)
      if (wanted !== undefined || !taken || attempt === 5) throw error
    }
  }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  child.ref()
  child.kill('SIGCONT')
  child.kill(signal)
  await Promise.race([ended, sleep(5000, undefined, { ref: false })])
  if (!hasEnded(child)) child.kill('SIGKILL')
  await ended
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the Redis server has no process')
  return child.pid
}

/** Memory where there is plenty (a container often has 64 MB of it), else the temporary folder. */
function memoryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize > 1024 ** 3 ? '/dev/shm' : tmpdir()
  } catch {
    return tmpdir()
  }
}
