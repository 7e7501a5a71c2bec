/** A process of its own that uses a database file; told what to do by messages, see sqlite.integration.test.ts. */
import { DatabaseSync } from 'node:sqlite'

import { SqliteOnceStore } from '../../src/stores/sqlite.ts'
import { claimOf, commitOf } from './sqlite-requests.ts'

export type Order =
  | { readonly do: 'claim'; readonly name: string; readonly times: number }
  /** Claim and commit this many keys, so many at a time. */
  | { readonly do: 'run'; readonly names: readonly string[]; readonly callers: number }
  /** Take the write lock, and keep it. */
  | { readonly do: 'lock' }

export interface Report {
  readonly claimed: number
  readonly others: readonly string[]
  readonly fences: readonly number[]
}

const path = process.argv[2] ?? ''
// Kept here: a connection that is collected gives its lock back.
let locked: DatabaseSync | undefined
const store = await SqliteOnceStore.open({ path, storeTimeoutMs: 5000 })

process.on('message', (order: Order) => {
  carryOut(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      process.send?.({ failure: String(error) })
    },
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function carryOut(order: Order): Promise<Report> {
  switch (order.do) {
    case 'claim':
      return await claimAll(order)
    case 'run':
      return await runAll(order)
    case 'lock': {
      locked = new DatabaseSync(path)
      locked.exec('BEGIN IMMEDIATE; DELETE FROM records')
      return { claimed: 0, others: [], fences: [] }
    }
    default:
      return order satisfies never
  }
}

async function claimAll({ name, times }: Order & { do: 'claim' }): Promise<Report> {
  const answers = await Promise.all(Array.from({ length: times }, () => store.claim(claimOf(name))))
  const fences = answers.flatMap((answer) => (answer.status === 'claimed' ? [answer.fence] : []))
  const others = answers.map(({ status }) => status).filter((status) => status !== 'claimed')
  return { claimed: fences.length, others, fences }
}

async function runAll({ names, callers }: Order & { do: 'run' }): Promise<Report> {
  const fences: number[] = []
  const others: string[] = []
  const left = [...names]
  const caller = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const claim = claimOf(name)
      const answer = await store.claim(claim)
      if (answer.status === 'claimed') {
        fences.push(answer.fence)
        await store.commit(commitOf(claim))
      } else others.push(answer.status)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return { claimed: fences.length, others, fences }
}
