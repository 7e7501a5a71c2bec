import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetupError } from './setup-error.mjs'
import { withLock } from './with-lock.mjs'

/**
 * Runs `npm ci` when node_modules is not what the lockfile says. Of several that start at once one
 * installs and the others wait.
 * @param {string} root folder of the repository
 * @param {{ say: (line: string) => void, npmCi?: (root: string) => Promise<void> }} options
 */
export async function install(root, { say, npmCi = runNpmCi }) {
  if (isInstalled(root)) return
  await withLock(join(root, '.cache', 'install.lock'), say, async () => {
    if (isInstalled(root)) return
    const started = Date.now()
    say('installing the dependencies (npm ci) ...')
    await npmCi(root)
    writeFileSync(join(root, stampFile), lockfileHash(root))
    say(`installed in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  })
}

/** Says, in node_modules, from which lockfile it was installed. */
const stampFile = 'node_modules/.oncekit-lockfile'

/**
 * Whether node_modules holds what package-lock.json asks for: our stamp says so, or what npm itself
 * leaves there, when it was installed by hand.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = readLockfile(join(root, 'package-lock.json'))
  const present = readLockfile(join(root, 'node_modules', '.package-lock.json'))
  if (wanted === undefined)
    throw new SetupError('package-lock.json is missing: restore it with git')
  if (present === undefined) return false
  if (readText(join(root, stampFile)) === lockfileHash(root)) return true
  return Object.entries(wanted).every(([place, asked]) => {
    if (!/(^|\/)node_modules\//.test(place)) return true
    const found = present[place]
    // An optional package may be for another platform.
    if (found === undefined) return asked.optional === true || asked.devOptional === true
    return found.version === asked.version && found.integrity === asked.integrity
  })
}

/** @param {string} root */
function lockfileHash(root) {
  return createHash('sha256')
    .update(readText(join(root, 'package-lock.json')) ?? '')
    .digest('hex')
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function readLockfile(file) {
  try {
    /** @type {{ packages: Record<string, LockedPackage> }} */
    const lockfile = JSON.parse(readText(file) ?? '')
    return lockfile.packages
  } catch {
    return undefined
  }
}

/**
 * @param {string} root
 * @returns {Promise<void>}
 */
function runNpmCi(root) {
  const [command, ...before] = npmCommand()
  const args = [...before, 'ci', '--no-audit', '--no-fund', '--loglevel=error']
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32' && before.length === 0,
    })
    let words = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (words += text))
    child.once('error', () =>
      reject(new SetupError('npm did not start: install Node.js with npm and run this again')),
    )
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new SetupError(npmAdvice(words), withoutUsage(words))),
    )
  })
}

/**
 * The npm that runs this script, on its own Node; else the one on PATH.
 * @returns {[string, ...string[]]}
 */
function npmCommand() {
  const { npm_execpath: npm, npm_node_execpath: node } = process.env
  return npm !== undefined && /npm-cli\.c?js$/.test(npm) ? [node ?? process.execPath, npm] : ['npm']
}

/**
 * npm explains its whole command line after some errors.
 * @param {string} words
 */
function withoutUsage(words) {
  return words.split(/\n(?:npm error )?Clean install a project/)[0] ?? ''
}

/**
 * The next step in words, from what npm said.
 * @param {string} words
 */
export function npmAdvice(words) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(words)) {
    return 'npm could not reach its registry. Connect to the network (behind a proxy: set HTTPS_PROXY) and run this again'
  }
  if (/can only install packages when your package\.json and package-lock\.json/.test(words)) {
    return 'package.json and package-lock.json differ: run `npm install`, commit the lockfile and run this again'
  }
  if (/ENOSPC/.test(words)) return 'the disk is full: make room (about 500 MB) and run this again'
  if (/EACCES|EPERM|EROFS/.test(words)) {
    return 'npm may not write here: make the folder and its node_modules yours and run this again'
  }
  return 'npm ci failed, its words are above. Run `npm ci` by hand to see more, then this again'
}
