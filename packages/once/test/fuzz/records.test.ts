import { Once } from '@oncekit/once'
import { expect, test } from 'vitest'

import { claimRequest } from '../../src/conformance/requests.ts'
import { storageKey } from '../../src/key.ts'
import { encodeRecord, HEADER_BYTES } from '../../src/record.ts'
import { systemHostClock } from '../../src/stores/sqlite/host-clock.ts'
import { nameOf } from '../../src/stores/sqlite/name.ts'
import { SqliteFile } from '../stores/sqlite-file.ts'
import { damagedPromises } from './damaged-promises.ts'

damagedPromises(
  'a SQLite file',
  async () => {
    const file = await SqliteFile.create()
    const clock = await systemHostClock()
    return {
      store: await file.open({ synchronous: 'normal' }),
      plant: (records) =>
        file.tamper((db) => {
          db.exec('BEGIN IMMEDIATE')
          // As if their leases counted from this boot.
          const put = db.prepare(
            'INSERT INTO records(name, epoch, record) VALUES (?, (SELECT epoch FROM host), ?)',
          )
          for (const [key, bytes] of records) put.run(nameOf(key), bytes)
          db.exec('COMMIT')
        }),
      bytesOf: (key) =>
        file.tamper((db) => {
          const row = db.prepare('SELECT record FROM records WHERE name = ?').get(nameOf(key))
          const record = row?.['record']
          return record instanceof Uint8Array ? Buffer.from(record) : undefined
        }),
      now: () => ({ leaseMs: clock.monotonic(), wallMs: clock.now() }),
      empty: () => file.tamper((db) => db.exec('DELETE FROM records')),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    }
  },
  6,
)

test('a value that cannot be read hides no other from a list', async () => {
  await using file = await SqliteFile.create()
  const store = await file.open()
  await using once = await Once.create({ ...Once.defaultConfig('test'), prefix: 'p' }, { store })
  for (const key of ['a', 'b', 'c']) await once.execute(key, () => key)
  const stored = await store.read(storageKey('p', 'b'))
  if (stored === undefined) throw new Error('there is no record')
  // As a later release may write it: another codec.
  await file.plant(storageKey('p', 'b'), encodeRecord({ ...stored.record, codec: 0x11 }))
  const found: Record<string, unknown> = {}
  for await (const { key, value, resultUnavailable } of once.list()) {
    found[key] = value ?? resultUnavailable
  }
  expect(found).toEqual({ a: 'a', b: expect.stringContaining('cannot be read'), c: 'c' })
})

test('meta of any bytes is as good as none to whoever waits for its record', async () => {
  await using file = await SqliteFile.create()
  const store = await file.open()
  const key = storageKey('p', 'key')
  await store.claim(claimRequest(key, { holder: 'x'.repeat(30_000) }))
  await file.tamper((db) => {
    const record = db.prepare('SELECT record FROM records').get()?.['record'] as Uint8Array
    // No UTF-8: each byte reads as a sign that takes three.
    db.prepare('UPDATE records SET record = ?').run(record.fill(0xff, HEADER_BYTES))
  })
  expect(await store.claim(claimRequest(key, { wait: true }))).toMatchObject({
    status: 'executing',
  })
})
