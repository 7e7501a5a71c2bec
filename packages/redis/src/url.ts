import { ConfigError } from '@oncekit/core'

/** One server, as a URL names it. */
export interface RedisTarget {
  readonly host: string
  readonly port: number
  readonly db: number
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  /** The URL without credentials, for errors and logs. */
  readonly address: string
}

const laterModes: Readonly<Record<string, string>> = {
  'redis+sentinel': 'Sentinel',
  'rediss+sentinel': 'Sentinel',
  'redis+cluster': 'Cluster',
  'rediss+cluster': 'Cluster',
}

/**
 * Reads `redis://[user[:password]@]host[:port][/db]`, or `rediss://` for TLS.
 * @throws ConfigError with code `REDIS_INVALID_CONFIG`; its text never holds the password.
 */
export function parseRedisUrl(text: string): RedisTarget {
  const scheme = text.slice(0, Math.max(0, text.indexOf('://')))
  const mode = laterModes[scheme]
  if (mode !== undefined) {
    throw refused(
      text,
      `${mode} comes in a later release; use redis:// or rediss:// for one server`,
    )
  }
  if (scheme !== 'redis' && scheme !== 'rediss') {
    throw refused(text, 'expected redis://host:port/db, or rediss:// for TLS')
  }
  const url = parse(text)
  if (url.search !== '' || url.hash !== '') {
    throw refused(text, 'expected nothing after the database number; settings go into the config')
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? 6379 : Number(url.port)
  const db = databaseOf(url.pathname, text)
  return {
    host,
    port,
    db,
    tls: scheme === 'rediss',
    username: url.username === '' ? undefined : decoded(url.username, text),
    password: url.password === '' ? undefined : decoded(url.password, text),
    address: redisAddress({ tls: scheme === 'rediss', host, port, db }),
  }
}

/** What errors and logs call a server. */
export function redisAddress(at: {
  readonly tls: boolean
  readonly host: string
  readonly port: number
  readonly db: number
}): string {
  const host = at.host.includes(':') ? `[${at.host}]` : at.host
  return `${at.tls ? 'rediss' : 'redis'}://${host}:${at.port}/${at.db}`
}

/** What TLS asks the certificate for: a host name; an address is not sent. */
export function serverName(host: string): string {
  return /^[\d.]+$|:/.test(host) ? '' : host
}

/** A URL, even a malformed one, without whatever stands before the host. */
export function maskUrl(text: string): string {
  const start = text.indexOf('://')
  const end = text.lastIndexOf('@')
  if (end === -1) return text
  return start === -1 ? `***${text.slice(end)}` : `${text.slice(0, start)}://***${text.slice(end)}`
}

function parse(text: string): URL {
  const url = URL.parse(text)
  if (url === null || url.hostname === '') {
    throw refused(
      text,
      'expected redis://host:port/db; special characters of a password are written %XX',
    )
  }
  return url
}

function databaseOf(pathname: string, text: string): number {
  if (pathname === '' || pathname === '/') return 0
  if (!/^\/\d{1,9}$/.test(pathname))
    throw refused(text, 'expected a database number after the host: /0')
  return Number(pathname.slice(1))
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refused(text, 'expected % signs of the user or password to be written %25')
  }
}

function refused(text: string, message: string): ConfigError {
  return new ConfigError('Invalid redis config', [{ path: 'url', value: maskUrl(text), message }], {
    code: 'REDIS_INVALID_CONFIG',
  })
}
