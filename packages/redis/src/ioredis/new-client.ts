import { Redis } from 'ioredis'
import type { TlsOptions } from '../config.ts'
import type { RedisTarget } from '../url.ts'
import { serverName } from '../url.ts'
import { oneLife } from './client.ts'

/** A client of one life, not yet connected. */
export function newIoredis(target: RedisTarget, tls: TlsOptions): Redis {
  return new Redis({
    ...oneLife,
    host: target.host,
    port: target.port,
    db: target.db,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    // Certificates are checked against a host name; an address has none to send.
    ...(target.tls ? { tls: { servername: serverName(target.host), ...tls } } : {}),
  })
}
