import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Folder that fetched servers are kept in: `ONCEKIT_SERVERS_CACHE`, else `.cache/servers` of the
 * repository, else one in the user's cache folder.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const root = repositoryRoot(import.meta.dirname)
  return (
    env['ONCEKIT_SERVERS_CACHE'] ??
    (root === undefined
      ? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'oncekit/servers')
      : join(root, '.cache/servers'))
  )
}

/**
 * Makes `folder` by filling a temporary one beside it and renaming it into place: whoever sees
 * `folder` sees it whole. Of several processes one fills and the others wait for it.
 */
export async function fillOnce(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  await using _lock = await lock(`${folder}.lock`)
  if (existsSync(folder)) return
  const temporary = `${folder}.${process.pid}.part`
  await rm(temporary, { recursive: true, force: true })
  try {
    await mkdir(temporary)
    await fill(temporary)
    await rename(temporary, folder)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Holds the folder `path` as a lock. One left by a process that is gone is taken over. */
async function lock(path: string): Promise<AsyncDisposable> {
  while (true) {
    try {
      await mkdir(path)
      await writeFile(join(path, 'pid'), String(process.pid))
      return { [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
    // Twice, because the holder writes its number a moment after it made the folder.
    if (!(await isHeld(path)) && (await sleep(500, true)) && !(await isHeld(path))) {
      await rm(path, { recursive: true, force: true })
    } else {
      await sleep(100)
    }
  }
}

async function isHeld(path: string): Promise<boolean> {
  const pid = Number(await readFile(join(path, 'pid'), 'utf8').catch(() => ''))
  if (pid === 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function repositoryRoot(from: string): string | undefined {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "oncekit"')) {
      return folder
    }
  }
  return undefined
}
