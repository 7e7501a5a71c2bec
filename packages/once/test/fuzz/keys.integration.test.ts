import { keyPromises } from './key-promises.ts'
import { openRedisGround } from './redis-ground.ts'

keyPromises('Redis', openRedisGround, 150)
