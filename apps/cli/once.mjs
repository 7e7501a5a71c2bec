#!/usr/bin/env node
// Starts the built command where it is installed, and the sources where there is no build: in the repository.
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isNewEnough = major > 24 || (major === 24 && minor >= 6)
// Node strips types only outside of node_modules; that is also where the repository's own copy runs.
const isInstalled = import.meta.url.includes('/node_modules/')
const built = './dist/main.js'
const repository = fileURLToPath(new URL('../..', import.meta.url))

if (!isNewEnough) await handOver()
else {
  if (process.env.ONCE_HANDED_OVER !== undefined) dieWithParent()
  // Halves the time to start. Never in the shared temporary folder, where others could put code for us to run.
  if (process.env.NODE_COMPILE_CACHE === undefined) {
    nodeModule.enableCompileCache(isInstalled ? userCache() : join(repository, '.cache/compiled'))
  }
  if (isInstalled) await import(built)
  else {
    nodeModule.registerHooks({
      resolve: (name, context, next) =>
        next(name, { ...context, conditions: ['@oncekit/source', ...context.conditions] }),
    })
    await import('./src/main.ts')
  }
}

/** The folder for what can be made again: XDG_CACHE_HOME, Library/Caches on macOS, LOCALAPPDATA on Windows. */
function userCache() {
  const { LOCALAPPDATA, XDG_CACHE_HOME = '' } = process.env
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'once', 'cache')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'once')
  return join(isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'once')
}

/** Goes on with the Node that the repository brings along. */
async function handOver() {
  const node = join(repository, 'node_modules/.bin/node')
  if (isInstalled || !existsSync(node)) {
    const version = process.versions.node
    process.stderr.write(
      `once: needs Node.js 24.6 or newer, this is ${version}; install a newer one\n`,
    )
    process.exit(70)
  }
  const { spawn } = await import('node:child_process')
  const { constants } = await import('node:os')
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const env = { ...process.env, ONCE_HANDED_OVER: '1' }
  const child = spawn(node, args, { env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  // A terminal's Ctrl-C reaches the child by itself, for they share a process group; other signals come to this process alone.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGHUP', () => child.kill('SIGHUP'))
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal])
  })
}

/** Whoever kills the process that he started, by -9 too, means this one. */
function dieWithParent() {
  delete process.env.ONCE_HANDED_OVER
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel?.unref()
}
