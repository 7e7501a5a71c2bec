/** A process that is answered more than it asked for, and should end as if nothing were: unasked.ts <client> <url> */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from '@oncekit/redis'

const [client, url = ''] = process.argv.slice(2)
const redis = await Redis.create({ url, client: client === 'redis' ? 'redis' : 'ioredis' })

process.on('message', () => {
  void redis
    .command(['PING'])
    .catch(() => undefined)
    // What came too much comes right behind.
    .then(() => sleep(100))
    .then(() => process.exit(0))
})
process.send?.('ready')
