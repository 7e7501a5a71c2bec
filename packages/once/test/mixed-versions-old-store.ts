import { DatabaseSync } from 'node:sqlite'

import { Redis } from '@oncekit/redis'
import type { RedisPort } from '@oncekit/redis'

import type { OldName } from './mixed-versions-record.ts'

export interface OldNow {
  readonly leaseMs: bigint
  readonly wallUs: bigint
  readonly lastFence: bigint
}

export interface OldStep<Answer> {
  readonly answer: Answer
  readonly write?: {
    readonly bytes: Buffer
    readonly expiresInMs: number | undefined
    readonly executing: boolean
    readonly fence?: bigint
    readonly wake?: boolean
  }
}

type Act<Answer> = (bytes: Uint8Array | undefined, now: OldNow) => OldStep<Answer>

/** Does one atomic step on one key, by the page's layouts of Redis and SQLite. */
export interface OldStore {
  step<Answer>(name: OldName, act: Act<Answer>): Promise<Answer>
}

export async function openOldStore(url: string): Promise<OldStore> {
  if (url.startsWith('sqlite:')) return new OldSqlite(url.slice('sqlite:'.length))
  return new OldRedis(await Redis.create({ ...Redis.defaultConfig('test'), url }))
}

/** Writes only over what was seen: the step is atomic, whoever else is at it. */
const COMPARE_AND_SET = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] or (redis.call('GET', KEYS[2]) or '') ~= ARGV[2] then return 0 end
if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
if ARGV[5] ~= '' then redis.call('SET', KEYS[2], ARGV[5]) end
if ARGV[6] == 'wake' then redis.call('PUBLISH', KEYS[1], ARGV[3]) end
return 1`

class OldRedis implements OldStore {
  readonly #port: RedisPort

  constructor(port: RedisPort) {
    this.#port = port
  }

  async step<Answer>({ storageKey, bucketTag }: OldName, act: Act<Answer>): Promise<Answer> {
    const fenceKey = `${bucketTag}!fence`
    for (;;) {
      const [bytes, last, time] = await Promise.all([
        this.#port.command(['GET', storageKey]),
        this.#port.command(['GET', fenceKey]),
        this.#port.command(['TIME']),
      ])
      const [seconds, micros] = Array.isArray(time) ? time.map(String) : []
      const wallUs = BigInt(seconds ?? 0) * 1_000_000n + BigInt(micros ?? 0)
      const found = Buffer.isBuffer(bytes) ? bytes : undefined
      const lastFence = Buffer.isBuffer(last) ? last : Buffer.alloc(0)
      const now = {
        wallUs,
        leaseMs: wallUs / 1000n,
        lastFence: BigInt(lastFence.toString() || '0'),
      }
      const { answer, write } = act(found, now)
      if (write === undefined) return answer
      const done = await this.#port.command([
        ...['EVAL', COMPARE_AND_SET, '2', storageKey, fenceKey],
        ...[found ?? '', lastFence, write.bytes, String(write.expiresInMs ?? '')],
        ...[String(write.fence ?? ''), write.wake === true ? 'wake' : ''],
      ])
      if (done === 1) return answer
    }
  }
}

class OldSqlite implements OldStore {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path, { timeout: 5_000, readBigInts: true })
  }

  step<Answer>({ prefix, suffix }: OldName, act: Act<Answer>): Promise<Answer> {
    const name = `${prefix}}${suffix}`
    const wallUs = BigInt(Date.now()) * 1000n
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const host = this.#db.prepare('SELECT epoch, last_fence FROM host').get()
      const [epoch, lastFence] = [
        BigInt(String(host?.['epoch'])),
        BigInt(String(host?.['last_fence'])),
      ]
      const row = this.#db.prepare('SELECT record FROM records WHERE name = ?').get(name)
      const found = row?.['record'] instanceof Uint8Array ? row['record'] : undefined
      const now = { wallUs, lastFence, leaseMs: process.hrtime.bigint() / 1_000_000n }
      const { answer, write } = act(found, now)
      if (write !== undefined) {
        const expiry = write.expiresInMs === undefined ? null : Date.now() + write.expiresInMs
        this.#db
          .prepare(
            `INSERT INTO records(name, expires_at, epoch, record) VALUES (?, ?, ?, ?) ON CONFLICT(name)
             DO UPDATE SET expires_at = excluded.expires_at, epoch = excluded.epoch, record = excluded.record`,
          )
          .run(name, expiry, write.executing ? epoch : null, write.bytes)
        if (write.fence !== undefined) {
          this.#db.prepare('UPDATE host SET last_fence = ?').run(write.fence)
        }
      }
      this.#db.exec('COMMIT')
      return Promise.resolve(answer)
    } finally {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    }
  }
}
