import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Time as every process of one host counts it. */
export interface HostClock {
  /** Wall time, in ms since 1970. May jump either way. */
  now(): number
  /** Milliseconds since an instant that all processes of the host share until the next boot; never goes back. */
  monotonic(): number
  /**
   * Names the boot that {@link monotonic} counts from: processes may compare their monotonic times exactly when this is equal.
   * `undefined` where the platform does not tell.
   */
  readonly bootId: string | undefined
}

/** The clock of this host: CLOCK_MONOTONIC, or what the platform has in its place. */
export async function systemHostClock(): Promise<HostClock> {
  const bootId = await readBootId(process.platform)
  return {
    now: () => Date.now(),
    monotonic: () => {
      // Not performance.now(), which counts from the start of the process.
      const [seconds, nanoseconds] = process.hrtime()
      return seconds * 1000 + nanoseconds / 1e6
    },
    bootId,
  }
}

async function readBootId(platform: NodeJS.Platform): Promise<string | undefined> {
  try {
    if (platform === 'linux') return await linuxBootId()
    if (platform === 'darwin') {
      const answer = await promisify(execFile)('sysctl', ['-n', 'kern.bootsessionuuid'])
      return answer.stdout.trim() || undefined
    }
  } catch {
    // As on a platform that has none.
  }
  return undefined
}

async function linuxBootId(): Promise<string | undefined> {
  const id = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  if (id === '') return undefined
  // A time namespace shifts CLOCK_MONOTONIC (time_namespaces(7)): same boot, yet not comparable.
  const namespace = await readlink('/proc/self/ns/time').catch(() => '')
  return `${id} ${namespace}`.trim()
}
