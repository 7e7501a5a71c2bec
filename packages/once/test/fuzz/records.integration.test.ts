import { damagedPromises } from './damaged-promises.ts'
import { openRedisGround } from './redis-ground.ts'

damagedPromises(
  'Redis',
  async () => {
    const ground = await openRedisGround()
    const { port } = ground
    return {
      ...ground,
      plant: async (records) => {
        await Promise.all(records.map(([key, bytes]) => port.command(['SET', key, bytes])))
      },
      bytesOf: async (key) => {
        const bytes = await port.command(['GET', key])
        return Buffer.isBuffer(bytes) ? bytes : undefined
      },
      now: () => ({ leaseMs: Date.now(), wallMs: Date.now() }),
    }
  },
  60,
)
