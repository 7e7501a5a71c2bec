/** A process of its own with a provider of its own; does what it is told by messages, see worker-process.ts. */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { Once, isOnceError } from '@oncekit/once'

import type { Order, Report } from './worker-process.ts'

const { config, ledger } = JSON.parse(process.argv[2] ?? '') as {
  config: Parameters<typeof Once.create>[0]
  ledger: string
}
const once = await Once.create(config)

process.on('message', (order: Order) => {
  void obey(order).then((report) => process.send?.(report))
})
process.on('disconnect', () => process.exit())
process.send?.({ id: 0, outcomes: [] } satisfies Report)

async function obey(order: Order): Promise<Report> {
  const calls = Array.from({ length: order.callers }, () => callOnce(order))
  return { id: order.id, outcomes: await Promise.all(calls) }
}

async function callOnce(order: Order): Promise<Report['outcomes'][number]> {
  try {
    const outcome = await once.executeOutcome(
      order.key,
      async (run) => {
        // Written at once and whole: also a process that is killed right after it has left its line.
        appendFileSync(
          ledger,
          `${JSON.stringify({ key: order.key, pid: process.pid, attempt: run.attempt, fence: run.fence })}\n`,
        )
        run.signal.addEventListener('abort', () => {
          appendFileSync(
            ledger,
            `${JSON.stringify({ key: order.key, pid: process.pid, aborted: true })}\n`,
          )
        })
        await sleep(order.runsMs)
        return {
          by: process.pid,
          at: new Date(order.runsMs),
          big: 2n ** 70n,
          map: new Map([['a', Buffer.from('b')]]),
        }
      },
      { waitTimeout: '30s', ...(order.payload === undefined ? {} : { payload: order.payload }) },
    )
    return { outcome: { ...outcome, value: outcome.value } }
  } catch (error) {
    return { code: isOnceError(error) ? error.code : String(error) }
  }
}
