import { rename, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import { storeFailure } from '../../src/stores/sqlite/failure.ts'
import { nameOf } from '../../src/stores/sqlite/name.ts'
import { SqliteFile } from './sqlite-file.ts'
import { claimOf, commitOf, doneOf, keyOf } from './sqlite-requests.ts'

describe('while another program holds the write lock, a SQLite store', () => {
  test('waits without blocking the process, and goes on when it is free', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    using stranger = lock(file)
    const claim = store.claim(claimOf('a'))
    let turns = 0
    const ticking = setInterval(() => (turns += 1), 1)
    await expect.poll(() => turns).toBeGreaterThan(20)
    clearInterval(ticking)
    stranger.exec('ROLLBACK')
    expect(await claim).toMatchObject({ status: 'claimed' })
  })

  test('tells each at its own deadline, whatever else is asked meanwhile', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ storeTimeoutMs: 100 })
    using _stranger = lock(file)
    let told = 0
    const tell = (): void => void told++
    for (let n = 0; n < 100; n++) store.claim(claimOf(`early-${n}`)).then(undefined, tell)
    const others = setInterval(() => {
      store.release(claimOf('later')).catch(() => undefined)
    }, 5)
    try {
      await expect.poll(() => told).toBe(100)
    } finally {
      clearInterval(others)
    }
  })

  test('tells the last one too, when nobody asks for anything afterwards', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ storeTimeoutMs: 200 })
    using _stranger = lock(file)
    let told = 0
    const tell = (): void => void told++
    store.claim(claimOf('first')).then(undefined, tell)
    await sleep(100)
    store.claim(claimOf('last')).then(undefined, tell)
    await expect.poll(() => told).toBe(2)
  })

  test('gives up at its deadline, naming the file and who to look for', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ storeTimeoutMs: 60 })
    using stranger = lock(file)
    const answers = await Promise.allSettled([
      store.claim(claimOf('a')),
      store.release(claimOf('b')),
      store.touch(keyOf('c'), 1),
    ])
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'ONCE_STORE_UNAVAILABLE',
          retryable: true,
          message: expect.stringContaining(`fuser ${file.path}`),
        },
      })
    }
    stranger.exec('ROLLBACK')
    expect(await store.claim(claimOf('a'))).toMatchObject({ status: 'claimed', attempt: 1 })
  })

  test('answers reads, scans and replays all the same', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ storeTimeoutMs: 5000 })
    await store.claim(doneOf('done'))
    await store.claim(claimOf('running'))
    // Many fresh claims in a row: the store then goes for the lock first, and still must not wait for it here.
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(
        Array.from({ length: 100 * round }, (_, n) => store.claim(claimOf(`fresh-${n}`))),
      )
      using stranger = lock(file)
      const waiting = store.claim(claimOf(`new-${round}`))
      expect(await store.claim(claimOf('done'))).toMatchObject({ status: 'done' })
      expect(await store.claim(claimOf('running'))).toMatchObject({ status: 'executing' })
      expect(await store.read(keyOf('done'))).toMatchObject({ record: { state: 'succeeded' } })
      expect((await store.scan({ prefix: 'test', suffixPrefix: ':done' })).entries).toHaveLength(1)
      stranger.exec('ROLLBACK')
      expect(await waiting).toMatchObject({ status: 'claimed' })
    }
  })

  test('refuses more than it could ever do in time', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ storeTimeoutMs: 30_000 })
    using stranger = lock(file)
    const answers = Array.from({ length: 10_001 }, (_, n) => store.touch(keyOf(`${n}`), 1))
    const settled = Promise.allSettled(answers)
    await expect(answers[10_000]).rejects.toMatchObject({
      code: 'ONCE_STORE_UNAVAILABLE',
      message: expect.stringContaining('10000 steps already wait'),
    })
    stranger.exec('ROLLBACK')
    expect((await settled).filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })

  test('closes by its deadline', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ storeTimeoutMs: 60 })
    using _stranger = lock(file)
    const [claim] = await Promise.allSettled([store.claim(claimOf('a')), store.close()])
    expect(claim).toMatchObject({ reason: { code: 'ONCE_STORE_UNAVAILABLE' } })
  })
})

describe('a SQLite store whose file is', () => {
  test('removed says so instead of writing where nobody will look', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    await store.claim(doneOf('a'))
    await remove(file)
    await expect
      .poll(() => store.claim(claimOf('b')).catch((error: unknown) => error))
      .toMatchObject({
        code: 'ONCE_STORE_UNAVAILABLE',
        message: expect.stringMatching(/removed while .* was open/),
      })
    await expect(store.read(keyOf('a'))).rejects.toMatchObject({ code: 'ONCE_STORE_UNAVAILABLE' })
    expect(await store.health()).toMatchObject({ status: 'unhealthy' })
  })

  test('replaced says so, and leaves the new one alone', async () => {
    await using file = await SqliteFile.create()
    const old = await file.open()
    await old.claim(doneOf('old'))
    await remove(file)
    const fresh = await file.open()
    await fresh.claim(doneOf('new'))
    await expect
      .poll(() => old.claim(claimOf('b')).catch((error: unknown) => error))
      .toMatchObject({ message: expect.stringMatching(/replaced while/) })
    await old.close()
    await fresh.claim(doneOf('newer'))
    expect(await fresh.health()).toMatchObject({ status: 'healthy' })
    const page = await (await file.open()).scan({ prefix: 'test', suffixPrefix: ':' })
    expect(page.entries.map(({ key }) => key)).toEqual([keyOf('new'), keyOf('newer')])
  })

  test('left without its WAL says so', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    await store.claim(doneOf('a'))
    await rename(`${file.path}-wal`, `${file.path}-lost`)
    await expect
      .poll(() => store.claim(claimOf('b')).catch((error: unknown) => error))
      .toMatchObject({ message: expect.stringContaining('-wal was removed') })
  })

  test('tampered with fails the step it stops, and no other of its batch', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    const claim = claimOf('a')
    await store.claim(claim)
    await file.tamper((db) =>
      db.exec("CREATE TRIGGER no BEFORE UPDATE ON records BEGIN SELECT raise(ABORT, 'no'); END"),
    )
    const [commit, other] = await Promise.allSettled([
      store.commit(commitOf(claim)),
      store.claim(claimOf('b')),
    ])
    expect(commit).toMatchObject({ status: 'rejected', reason: { code: 'ONCE_STORE_UNAVAILABLE' } })
    expect(other).toMatchObject({ status: 'fulfilled', value: { status: 'claimed' } })
  })

  test('tampered with so that a whole transaction is undone tells nobody that it was done', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    const undone = `CREATE TRIGGER no BEFORE INSERT ON records WHEN NEW.name GLOB '*bad'
      BEGIN SELECT raise(ROLLBACK, 'no'); END`
    await file.tamper((db) => db.exec(undone))
    const answers = await Promise.allSettled([
      store.claim(claimOf('good')),
      store.claim(claimOf('bad')),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await store.read(keyOf('good'))).toBeUndefined()
    expect(await store.claim(claimOf('good'))).toMatchObject({ status: 'claimed', attempt: 1 })
  })

  test('tampered with so that no fence can be counted grants no claim, and all once that is mended', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    await file.tamper((db) =>
      db.exec("CREATE TRIGGER no BEFORE UPDATE ON host BEGIN SELECT raise(ABORT, 'no'); END"),
    )
    await expect(store.claim(claimOf('a'))).rejects.toMatchObject({
      code: 'ONCE_STORE_UNAVAILABLE',
    })
    expect(await store.read(keyOf('a'))).toBeUndefined()
    await file.tamper((db) => db.exec('DROP TRIGGER no'))
    expect(await store.claim(claimOf('a'))).toMatchObject({ status: 'claimed', attempt: 1 })
  })

  test('holding an abandoned run that cannot be read goes on serving all other keys', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ cleanupIntervalMs: 5 })
    await store.claim(doneOf('expired', 1))
    await file.tamper((db) => {
      const abandon = 'INSERT INTO records(name, expires_at, epoch, record) VALUES (?, 1, 0, ?)'
      db.prepare(abandon).run(nameOf(keyOf('abandoned')), Buffer.from([9]))
    })
    // The sweeper has been here, which met both.
    await expect
      .poll(() => file.tamper((db) => db.prepare('SELECT name FROM records').all()))
      .toEqual([{ name: nameOf(keyOf('abandoned')) }])
    expect(await store.claim(claimOf('other'))).toMatchObject({ status: 'claimed' })
    await expect(store.read(keyOf('abandoned'))).rejects.toMatchObject({
      code: 'ONCE_RECORD_UNREADABLE',
    })
  })
})

test.each([
  [13, 'ONCE_STORE_FULL', 'free space'],
  [8, 'ONCE_STORE_UNAVAILABLE', 'write permission'],
  [1032, 'ONCE_STORE_UNAVAILABLE', 'write permission'],
  [11, 'ONCE_STORE_UNAVAILABLE', 'integrity_check'],
  [1034, 'ONCE_STORE_UNAVAILABLE', 'unknown whether'],
  [14, 'ONCE_STORE_UNAVAILABLE', 'folder'],
])('SQLite error %s becomes %s with what to do, and stays the cause', (errcode, code, advice) => {
  const cause = Object.assign(new Error('from the driver'), { errcode })
  expect(storeFailure(cause, '/data/once.db')).toMatchObject({
    code,
    cause,
    retryable: true,
    message: expect.stringMatching(new RegExp(`/data/once.db.*${advice}`)),
  })
})

function lock(file: SqliteFile): DatabaseSync {
  const stranger = new DatabaseSync(file.path)
  stranger.exec('BEGIN IMMEDIATE')
  return stranger
}

async function remove(file: SqliteFile): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(file.path + suffix, { force: true })
}
