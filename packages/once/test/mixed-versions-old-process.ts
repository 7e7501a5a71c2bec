/** A process of another release: knows of records only what `mixed-versions-record.ts` does; told what to do by messages. */
import type { OldOutcome } from './mixed-versions-old-client.ts'
import { OldClient } from './mixed-versions-old-client.ts'
import { openOldStore } from './mixed-versions-old-store.ts'

export type Order =
  | { readonly do: 'plant'; readonly key: string; readonly bytes: Uint8Array }
  | { readonly do: 'bytes'; readonly key: string }
  | { readonly do: 'read'; readonly key: string }
  | { readonly do: 'claim'; readonly key: string; readonly token: string; readonly leaseMs: number }
  | {
      readonly do: 'commit'
      readonly key: string
      readonly token: string
      readonly outcome: OldOutcome
    }

const [url = '', prefix = ''] = process.argv.slice(2)
const client = new OldClient(await openOldStore(url), prefix)

process.on('message', (order: Order) => {
  void carryOut(order).then((answer) => process.send?.({ answer }))
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'plant':
      return client.plant(order.key, order.bytes)
    case 'bytes':
      return client.bytes(order.key)
    case 'read':
      return client.read(order.key)
    case 'claim':
      return client.claim(order.key, order.token, order.leaseMs)
    case 'commit':
      return client.commit(order.key, order.token, order.outcome)
    default:
      return order satisfies never
  }
}
