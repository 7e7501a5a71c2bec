import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'

import { describe, expect, test } from 'vitest'

import { foreignFileSystem } from '../../src/stores/sqlite/filesystem.ts'
import { systemHostClock } from '../../src/stores/sqlite/host-clock.ts'
import { locate } from '../../src/stores/sqlite/location.ts'
import { openDatabase } from '../../src/stores/sqlite/open.ts'
import { SCHEMA_VERSION, ensureSchema } from '../../src/stores/sqlite/schema.ts'
import { SqliteFile } from './sqlite-file.ts'
import { claimOf, commitOf, doneOf } from './sqlite-requests.ts'

describe('opening a SQLite store', () => {
  test('creates the file and says where it is', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    expect(store.address).toBe(`sqlite:${file.path}`)
    expect(store.traits).toEqual({
      name: 'sqlite',
      shared: 'host',
      survivesRestart: true,
      durability: 'disk',
    })
    expect(await store.health()).toMatchObject({
      status: 'healthy',
      details: { path: file.path, synchronous: 'full', waiting: 0, watching: 'off' },
    })
  })

  test('labels synchronous=NORMAL as async', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open({ synchronous: 'normal' })
    expect(store.traits.durability).toBe('async')
    const claim = claimOf('a')
    expect(await store.claim(claim)).toMatchObject({ status: 'claimed' })
    expect(await store.commit(commitOf(claim))).toBe('committed')
  })

  test.each([
    ['full', 2],
    ['normal', 1],
  ] as const)('has SQLite wait for the disk as synchronous=%s says', async (synchronous, level) => {
    await using file = await SqliteFile.create()
    const clock = await systemHostClock()
    using db = (await openDatabase({ path: file.path, timeoutMs: 2000, synchronous, clock })).db
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: level })
  })

  test('from many sides at once creates it once', async () => {
    await using file = await SqliteFile.create()
    const stores = await Promise.all(Array.from({ length: 8 }, () => file.open()))
    const answers = await Promise.all(stores.map((store) => store.claim(claimOf('a'))))
    expect(answers.filter((answer) => answer.status === 'claimed')).toHaveLength(1)
  })

  test('follows a link to the one file behind it', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    const link = join(file.folder, 'link.db')
    await symlink(file.path, link)
    const linked = await file.open({ path: link })
    expect(linked.address).toBe(store.address)
  })

  test.each([
    ['a folder that does not exist', 'missing/once.db', /folder .*missing cannot be reached/],
    ['a folder in its place', 'folder', /is a folder/],
    ['no path', '', /expected the path of a file/],
    ['records in memory', ':memory:', /use memory:/],
  ])('refuses %s', async (_, name, message) => {
    await using file = await SqliteFile.create()
    await mkdir(join(file.folder, 'folder'))
    const path = name.includes(':') || name === '' ? name : join(file.folder, name)
    await expect(file.open({ path })).rejects.toMatchObject({
      code: 'ONCE_INVALID_CONFIG',
      message: expect.stringMatching(message),
    })
  })

  test('refuses a file that is no database, and leaves it as it is', async () => {
    await using file = await SqliteFile.create()
    const text = 'a diary, not a database. '.repeat(100)
    await writeFile(file.path, text)
    await expect(file.open()).rejects.toMatchObject({
      code: 'ONCE_INVALID_CONFIG',
      message: expect.stringContaining('not a SQLite database'),
    })
    expect(await readFile(file.path, 'utf8')).toBe(text)
  })

  test('refuses the database of another program, and leaves it as it is', async () => {
    await using file = await SqliteFile.create()
    await file.tamper((db) => db.exec('CREATE TABLE diary(entry TEXT)'))
    const before = await readFile(file.path)
    await expect(file.open()).rejects.toMatchObject({
      code: 'ONCE_INVALID_CONFIG',
      message: expect.stringContaining('another program'),
    })
    expect(await readFile(file.path)).toEqual(before)
  })

  test('takes a file that another process fills between two looks for what it is', async () => {
    await using file = await SqliteFile.create()
    let path = file.path
    /** Another process comes in before the n-th look. */
    class Overtaken extends DatabaseSync {
      looksLeft = 0

      override prepare(sql: string): StatementSync {
        if (this.looksLeft-- === 1) {
          using other = new DatabaseSync(path, { timeout: 0 })
          try {
            ensureSchema(other, path)
          } catch (error) {
            // Then it waits until we have looked.
            expect(error).toMatchObject({ message: expect.stringContaining('locked') })
          }
        }
        return super.prepare(sql)
      }
    }
    for (const looks of [1, 2, 3, 4, 5, 6]) {
      path = `${file.path}.${looks}`
      using db = new Overtaken(path, { timeout: 0 })
      db.looksLeft = looks
      ensureSchema(db, path)
      expect(db.prepare('SELECT count(*) AS n FROM records').get()).toEqual({ n: 0 })
    }
  })

  test('refuses a newer schema, and leaves its records', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    await store.claim(doneOf('a'))
    await store.close()
    await file.tamper((db) => db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`))
    await expect(file.open()).rejects.toMatchObject({
      code: 'ONCE_INVALID_CONFIG',
      message: expect.stringContaining(`schema version is ${SCHEMA_VERSION + 1}`),
    })
    await file.tamper((db) => db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`))
    expect(await (await file.open()).claim(claimOf('a'))).toMatchObject({ status: 'done' })
  })

  test('takes a copy that was made without WAL', async () => {
    await using file = await SqliteFile.create()
    const store = await file.open()
    await store.claim(doneOf('a'))
    const path = join(file.folder, 'copy.db')
    await file.tamper((db) => db.exec(`VACUUM INTO '${path}'`))
    const copy = await file.open({ path })
    expect(await copy.claim(claimOf('a'))).toMatchObject({ status: 'done' })
    using db = new DatabaseSync(path)
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  })

  test('refuses a file that this user may not read', async (context) => {
    if (process.getuid?.() === 0) context.skip('the superuser may read everything')
    await using file = await SqliteFile.create()
    await writeFile(file.path, '')
    await chmod(file.path, 0)
    await expect(file.open()).rejects.toMatchObject({ code: 'ONCE_INVALID_CONFIG' })
  })

  test('waits for the lock of another program, and names it in the end', async () => {
    await using file = await SqliteFile.create()
    await (await file.open()).close()
    using stranger = new DatabaseSync(file.path)
    stranger.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE')
    await expect(file.open({ storeTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'ONCE_STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('locked by another process'),
    })
    const opening = file.open()
    stranger.close()
    expect(await (await opening).claim(claimOf('a'))).toMatchObject({ status: 'claimed' })
  })

  test('ends with its signal', async () => {
    await using file = await SqliteFile.create()
    await (await file.open()).close()
    using stranger = new DatabaseSync(file.path)
    stranger.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE')
    const controller = new AbortController()
    const opening = file.open({ signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
  })
})

describe('a network file system', () => {
  const NFS = 0x6969
  const CIFS = 0xff53_4d42
  const EXT4 = 0xef53
  const TMPFS = 0x0102_1994

  test.each([
    ['NFS', NFS],
    ['CIFS', CIFS],
    ['CIFS', BigInt(CIFS)],
    ['CIFS', CIFS - 2 ** 32],
    ['CIFS', BigInt(CIFS) - (1n << 32n)],
    ['CIFS', BigInt.asUintN(64, BigInt(CIFS) - (1n << 32n))],
    ['SMB2', 0xfe53_4d42],
    ['9p', 0x0102_1997],
    ['FUSE', 0x6573_5546],
    ['Lustre', 0x0bd0_0bd0],
  ])('%s is known by %s', (name, type) => {
    expect(foreignFileSystem(type)).toBe(name)
  })

  test.each([EXT4, TMPFS, BigInt(EXT4), 0x9123_683e, 0x5846_5342])('%s is of this host', (type) => {
    expect(foreignFileSystem(type)).toBeUndefined()
  })

  test.runIf(process.platform === 'linux')('is refused with what to use instead', async () => {
    await using file = await SqliteFile.create()
    await expect(locate(file.path, { statfs: async () => ({ type: NFS }) })).rejects.toMatchObject({
      code: 'ONCE_INVALID_CONFIG',
      message: expect.stringMatching(/NFS.*redis:\/\//),
    })
  })
})
