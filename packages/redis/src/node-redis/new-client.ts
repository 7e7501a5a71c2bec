import { createClient } from 'redis'
import type { TlsOptions } from '../config.ts'
import { type RedisTarget, serverName } from '../url.ts'
import { type NodeRedisClient, oneLife } from './client.ts'

/** A client of one life, not yet connected. */
export function newNodeRedis(target: RedisTarget, tls: TlsOptions): NodeRedisClient {
  const { host, port } = target
  // A signal ends an attempt, whatever it hangs in.
  const timing = { connectTimeout: 0, reconnectStrategy: false } as const
  const servername = serverName(host)
  const options = {
    ...oneLife,
    database: target.db,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    socket: target.tls
      ? { host, port, ...timing, tls: true as const, servername, ...tls }
      : { host, port, ...timing },
  }
  return createClient(options)
}
