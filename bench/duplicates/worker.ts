// One of several processes that ask for the same key at the same time.
// node worker.ts <Redis URL>
import { setTimeout as sleep } from 'node:timers/promises'

import { Once } from '@oncekit/once'

import { obey } from '../harness/obey.ts'
import { configFor } from '../subjects/once.ts'
import type { Asked, Rush } from './duplicates.ts'

const once = await Once.create(configFor(process.argv[2] ?? ''))

obey(ask, () => once.close())

async function ask(message: unknown): Promise<Asked> {
  const { key, callers, runMs } = message as Rush
  const endedMs: number[] = []
  const answeredMs: number[] = []
  await Promise.all(
    Array.from({ length: callers }, async () => {
      await once.execute(key, async () => {
        await sleep(runMs)
        endedMs.push(hostMs())
        return { done: true }
      })
      answeredMs.push(hostMs())
    }),
  )
  return { endedMs, answeredMs }
}

/** The same in all processes of a host. */
function hostMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
