/** A process that uses a provider in every way, closes it, and should then end by itself: use-and-close.ts <config as JSON> */
import { setTimeout as sleep } from 'node:timers/promises'

import { Once, isOnceError } from '@oncekit/once'

const once = await Once.create(
  JSON.parse(process.argv[2] ?? '') as Parameters<typeof Once.create>[0],
)
const key = `exit:${process.pid}`
await once.execute(key, () => 'done')
await once.execute(key, () => 'replayed')
await once.execute(`${key}:failed`, () => Promise.reject(new Error('no'))).catch(() => undefined)
await Promise.all([1, 2, 3].map(() => once.execute(`${key}:shared`, () => sleep(50))))
await once
  .execute(`${key}:left`, () => sleep(20), { signal: AbortSignal.timeout(5) })
  .catch(() => undefined)
const stuck = once
  .execute(`${key}:stuck`, () => new Promise(() => {}))
  .catch((error: unknown) => (isOnceError(error) ? error.code : String(error)))
await once.get(key)
await once.clear(key)
await once.health()
await sleep(100)
await once.close()
const code = await stuck

const closedMs = performance.now()
process.on('exit', () => {
  process.stdout.write(JSON.stringify({ code, lingeredMs: performance.now() - closedMs }))
})
