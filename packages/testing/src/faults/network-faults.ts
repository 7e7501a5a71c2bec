import { setTimeout as sleep } from 'node:timers/promises'
import type { TcpFault, TcpProxy } from '../tcp-proxy.ts'
import type { Fault } from './fault.ts'

/** What can befall the way to a server. */
export function networkFaults(proxy: TcpProxy): readonly Fault[] {
  const lasting = (kind: string, tcpFault: TcpFault, mostMs: number): Fault => ({
    kind,
    harms: 'store',
    loses: 'nothing',
    async inject(random, begins) {
      begins()
      await proxy.fault(tcpFault)
      await sleep(random.between(100, mostMs))
      await proxy.fault('none')
      // A connection that lost a byte is mute for good: whoever gave up on it is connected anew.
      proxy.cut()
      return true
    },
  })
  return [
    lasting('net-black-hole', 'black-hole', 2000),
    lasting('net-lost-requests', 'no-requests', 2000),
    lasting('net-lost-answers', 'no-answers', 2000),
    lasting('net-cut-at-answer', 'cut-at-answer', 800),
    lasting('net-refuse', 'refuse', 2000),
    {
      kind: 'net-cut',
      harms: 'store',
      loses: 'nothing',
      async inject(_random, begins) {
        begins()
        proxy.cut()
        return true
      },
    },
    {
      kind: 'net-delay',
      harms: 'store',
      loses: 'nothing',
      async inject(random, begins) {
        begins()
        proxy.delay(random.between(20, 300))
        await sleep(random.between(300, 2000))
        proxy.delay(0)
        return true
      },
    },
  ]
}
