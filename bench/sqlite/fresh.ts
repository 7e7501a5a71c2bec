/**
 * What a fresh operation costs on the SQLite store, as a ratio to SQLite itself: one transaction of INSERTs and one of UPDATEs, of as many
 * rows as the store puts into one transaction, with the same bytes, durability and process.
 *
 *     node --conditions=@oncekit/source bench/sqlite/fresh.ts [folder …]
 *
 * Without a folder: one on disk, and one in memory where there is /dev/shm.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { storageKey } from '@oncekit/once'

import { encodeRecord } from '../../packages/once/src/record.ts'
import { SqliteOnceStore } from '../../packages/once/src/stores/sqlite.ts'

const ROUNDS = 7
const CALLERS: readonly (readonly [callers: number, operations: number])[] = [
  [1, 4000],
  [32, 12_800],
  [256, 25_600],
]
/** As the store's. */
const MAX_BATCH = 64
const HOLDER = JSON.stringify({ host: 'bench', pid: process.pid, service: 'bench' })
const BODY = JSON.stringify({ id: 1, amount: 100, currency: 'EUR', status: 'paid' })
const DAY_MS = 86_400_000

interface Cost {
  readonly wallUs: number
  readonly cpuUs: number
}

const given = process.argv.slice(2)
const folders =
  given.length > 0 ? given : [tmpdir(), '/dev/shm'].filter((folder) => existsSync(folder))
for (const folder of folders) {
  for (const [callers, operations] of CALLERS) await compare(folder, callers, operations)
}

async function compare(folder: string, callers: number, operations: number): Promise<void> {
  const raw: Cost[] = []
  const ours: Cost[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    raw.push(
      await onNewFile(folder, (path) => runRaw(path, Math.min(callers, MAX_BATCH), operations)),
    )
    ours.push(await onNewFile(folder, (path) => runStore(path, callers, operations)))
  }
  // Interference only ever adds, so the least is the cost.
  const best = (costs: readonly Cost[], of: (cost: Cost) => number): number =>
    Math.min(...costs.map(of))
  const ratio = (of: (cost: Cost) => number): string => (best(raw, of) / best(ours, of)).toFixed(2)
  const show = (costs: readonly Cost[]): string =>
    `${best(costs, (cost) => cost.wallUs).toFixed(1)} µs (CPU ${best(costs, (cost) => cost.cpuUs).toFixed(1)})`
  console.log(
    `${folder} · ${callers} callers · raw ${show(raw)} · store ${show(ours)} · ` +
      `ratio ${ratio((cost) => cost.wallUs)} (CPU ${ratio((cost) => cost.cpuUs)})`,
  )
}

async function onNewFile(folder: string, run: (path: string) => Promise<Cost>): Promise<Cost> {
  const home = await mkdtemp(join(folder, 'oncekit-bench-'))
  try {
    return await run(join(home, 'bench.db'))
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function runStore(path: string, callers: number, operations: number): Promise<Cost> {
  await using store = await SqliteOnceStore.open({ path, storeTimeoutMs: 10_000 })
  let next = 0
  const caller = async (): Promise<void> => {
    while (next < operations) {
      const key = keyOf(next++)
      const token = randomBytes(16).toString('hex')
      const claim = await store.claim({
        key,
        token,
        fingerprint: '',
        leaseMs: 30_000,
        ttlMs: DAY_MS,
        holder: HOLDER,
        wait: false,
        attemptLimit: 0,
      })
      if (claim.status !== 'claimed') throw new Error(`${key} is ${claim.status}`)
      await store.commit({
        key,
        token,
        outcome: { state: 'succeeded', codec: 1, body: BODY },
        ttlMs: DAY_MS,
        meta: HOLDER,
      })
    }
  }
  return await measure(operations, async () => {
    await Promise.all(Array.from({ length: callers }, caller))
  })
}

async function runRaw(path: string, batch: number, operations: number): Promise<Cost> {
  const db = new DatabaseSync(path, { timeout: 0 })
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE records(key TEXT PRIMARY KEY, value BLOB NOT NULL, expires_at INTEGER) STRICT;
  `)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const insert = db.prepare('INSERT INTO records VALUES (?, ?, ?)')
  const update = db.prepare('UPDATE records SET value = ?, expires_at = ? WHERE key = ?')
  const cost = await measure(operations, async () => {
    for (let from = 0; from < operations; from += batch) {
      const keys = Array.from({ length: batch }, (_, offset) => keyOf(from + offset))
      // As fair as it gets: raw code too makes a token and its bytes.
      const tokens = keys.map(() => randomBytes(16).toString('hex'))
      begin.run()
      for (const [index, key] of keys.entries())
        insert.run(key, bytesOf(tokens[index] ?? '', ''), Date.now() + DAY_MS)
      commit.run()
      begin.run()
      for (const [index, key] of keys.entries())
        update.run(bytesOf(tokens[index] ?? '', BODY), Date.now() + DAY_MS, key)
      commit.run()
    }
  })
  db.close()
  return cost
}

async function measure(operations: number, run: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage()
  const startedMs = performance.now()
  await run()
  const wallMs = performance.now() - startedMs
  const { user, system } = process.cpuUsage(cpu)
  return { wallUs: (wallMs * 1000) / operations, cpuUs: (user + system) / operations }
}

/** Keys come in no order. */
function keyOf(number: number): string {
  return storageKey('bench', `order:${((number * 2_654_435_761) % 4_294_967_296).toString(36)}`)
}

function bytesOf(token: string, body: string): Buffer {
  return encodeRecord({
    state: body === '' ? 'executing' : 'succeeded',
    attempt: 1,
    fence: 1,
    token,
    fingerprint: '',
    effect: false,
    waiters: false,
    atMs: 1,
    meta: HOLDER,
    codec: body === '' ? 0 : 1,
    body,
  })
}
