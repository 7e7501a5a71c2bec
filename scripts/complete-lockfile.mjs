import { readFileSync, writeFileSync } from 'node:fs'
import { completeLockfile } from './setup/complete-lockfile.mjs'

// After `npm install`: npm leaves packages of other platforms that its registry lacks out of the
// lockfile, and then refuses the lockfile in `npm ci`. Run this and commit.
const file = new URL('../package-lock.json', import.meta.url)
/** @type {import('./setup/complete-lockfile.mjs').Lockfile} */
const lockfile = JSON.parse(readFileSync(file, 'utf8'))
const { complete, added } = completeLockfile(lockfile)
writeFileSync(file, `${JSON.stringify(complete, null, 2)}\n`)
process.stdout.write(`${added.length} added${added.map((name) => `\n  ${name}`).join('')}\n`)
