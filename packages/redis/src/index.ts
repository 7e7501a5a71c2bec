export { Redis } from './redis.ts'
export type { RedisDeps } from './redis.ts'
export type { RedisConfig, TlsOptions } from './config.ts'
export { fromIoredis } from './ioredis/from-ioredis.ts'
export { fromNodeRedis } from './node-redis/from-node-redis.ts'
export type { InjectedNodeRedisClient } from './node-redis/from-node-redis.ts'
export type { InjectedOptions } from './injected.ts'
export type {
  ChannelListener,
  RedisArg,
  RedisPort,
  RedisReply,
  ScanOptions,
  ScanPage,
} from './port.ts'
export { defineScript } from './script.ts'
export type { RedisScript } from './script.ts'
export { RedisError, RedisReplyError } from './errors.ts'
export type { RedisErrorCode, RedisErrorFacts } from './errors.ts'
