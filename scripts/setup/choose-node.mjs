import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The oldest Node the sources run on: it strips types and knows `await using`. */
const oldestNode = '24.6.0'

/**
 * A Node new enough for the sources: the running one, else the first on PATH, else the platform's
 * package in node_modules; `undefined` when there is none.
 * @param {string} root folder of the repository
 * @param {{ execPath?: string, version?: string, path?: string, versionOf?: (file: string) => string | undefined }} [machine]
 * @returns {string | undefined} path of the program
 */
export function chooseNode(root, machine = {}) {
  const execPath = machine.execPath ?? process.execPath
  const versionOf = machine.versionOf ?? askVersion
  if (isNewEnough(machine.version ?? process.versions.node)) return execPath
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const folders = (machine.path ?? process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return [...folders.map((folder) => join(folder, name)), pinnedNode(root, name)].find(
    (file) => file !== execPath && existsSync(file) && isNewEnough(versionOf(file)),
  )
}

/**
 * Whether a version such as `24.21.0` or `v26.1.0` is at least the oldest that will do.
 * @param {string | undefined} version
 */
export function isNewEnough(version) {
  if (version === undefined) return false
  const [major = 0, minor = 0] = numbers(version)
  const [oldestMajor = 0, oldestMinor = 0] = numbers(oldestNode)
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
}

/** What to tell someone whose machine has no Node that would do. */
export function noNodeAdvice() {
  return [
    `Oncekit needs Node ${oldestNode} or newer, this is ${process.versions.node}, and npm has no packaged one`,
    `for ${process.platform}-${process.arch} here. Install Node 24 or newer from https://nodejs.org (or with nvm,`,
    'fnm, volta: the repository has an .nvmrc), put it on PATH and run the same command again.',
  ].join('\n')
}

/**
 * Where `npm ci` puts the packaged Node of this platform.
 * @param {string} root
 * @param {string} name
 */
function pinnedNode(root, name) {
  const folder = join(root, 'node_modules', packageOfPlatform())
  return join(folder, 'bin', name)
}

function packageOfPlatform() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  return `node-${platform}-${process.arch}`
}

/** @param {string} file */
function askVersion(file) {
  const { stdout, status } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 })
  return status === 0 ? stdout.trim() : undefined
}

/** @param {string} version */
function numbers(version) {
  return version.replace(/^v/, '').split('.').map(Number)
}
