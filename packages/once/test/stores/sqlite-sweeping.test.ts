import { expect, test } from 'vitest'

import { nameOf } from '../../src/stores/sqlite/name.ts'
import { SqliteFile } from './sqlite-file.ts'
import { claimOf, keyOf } from './sqlite-requests.ts'

test('an abandoned run that cannot be read does not keep other abandoned runs in the file', async () => {
  await using file = await SqliteFile.create()
  const store = await file.open({ cleanupIntervalMs: 5 })
  await file.tamper((db) => {
    const abandon = 'INSERT INTO records(name, expires_at, epoch, record) VALUES (?, 1, 0, ?)'
    db.prepare(abandon).run(nameOf(keyOf('unreadable')), Buffer.from([9]))
  })
  await store.claim(claimOf('abandoned', { leaseMs: 1, ttlMs: 1 }))
  await expect
    .poll(() => file.tamper((db) => db.prepare('SELECT name FROM records').all()))
    .toEqual([{ name: nameOf(keyOf('unreadable')) }])
})
