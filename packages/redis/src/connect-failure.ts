import { RedisError } from './errors.ts'

/**
 * The error for a connection that could not be made: where, why, and what to do.
 * @param timeoutMs - set when the attempt was given up after so long
 */
export function connectFailure(cause: unknown, address: string, timeoutMs?: number): RedisError {
  const { reason, step } = explain(cause, address.startsWith('rediss:'), timeoutMs)
  return new RedisError(
    'REDIS_UNAVAILABLE',
    `Cannot reach Redis at ${address}: ${reason}. ${step}.`,
    {
      address,
      retryable: true,
      cause: withoutCommand(cause),
    },
  )
}

/**
 * The error as it came, less the command that ioredis attaches: it holds the password of an AUTH,
 * and the arguments of every other command.
 */
export function withoutCommand(error: unknown): unknown {
  if (error instanceof Error && 'command' in error) delete error.command
  return error
}

interface Explanation {
  readonly reason: string
  readonly step: string
}

function explain(cause: unknown, tls: boolean, timeoutMs: number | undefined): Explanation {
  const message = cause instanceof Error ? cause.message : String(cause)
  const code = codeOf(cause)
  for (const [pattern, reason, step] of known) {
    if (pattern.test(code) || pattern.test(message)) {
      return { reason: `${reason} (${code === '' ? message : code})`, step }
    }
  }
  if (timeoutMs !== undefined || code === 'ETIMEDOUT') {
    const wait = timeoutMs === undefined ? 'in time' : `within ${timeoutMs} ms`
    return {
      reason: `no answer ${wait} (timeout)`,
      step: `Check host, port and firewall, and that the server is not frozen${tls ? ' and speaks TLS' : ''}`,
    }
  }
  return { reason: message === '' ? code : message, step: 'Look at the log of the server' }
}

const known: readonly (readonly [pattern: RegExp, reason: string, step: string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there', 'Start the server, or correct the URL'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'the host name has no address', 'Correct the URL, or look at DNS'],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, 'there is no route', 'Check the network, or correct the URL'],
  [
    /^(NOAUTH|-?NOAUTH .*)/,
    'the server wants a password',
    'Put it into the URL: redis://user:password@host:port',
  ],
  [
    /^(WRONGPASS|ERR invalid password|ERR AUTH |ERR Client sent AUTH)/,
    'the server refused the user or password',
    'Correct them in the URL; special characters are written %XX',
  ],
  [/^NOPERM/, 'the user lacks a permission', 'Grant it on the server: ACL SETUSER'],
  [
    /^DENIED/,
    'the server is in protected mode',
    'Set a password there, or bind it to this network',
  ],
  [
    /^ERR (DB index|invalid DB)/,
    'the server has no such database',
    'Correct the number at the end of the URL',
  ],
  [
    /max number of clients/,
    'the server has too many clients',
    'Raise maxclients, or close idle clients',
  ],
  [/^LOADING/, 'the server is still loading its data', 'Wait until it is done'],
  [
    /^(EPROTO|ERR_SSL_\w+)$|wrong version number|packet length too long/,
    'the server does not speak TLS',
    'Use redis:// instead of rediss://',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/,
    'the certificate of the server is not trusted',
    'Give its authority as tls.ca, or correct tls.servername',
  ],
  [
    /^(ECONNRESET|EPIPE)$|Connection is closed|Socket closed unexpectedly|Unknown RESP type|closed by the server/,
    'the server closed the connection',
    'If it wants TLS, use rediss:// instead of redis://; else look at its log',
  ],
]

function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return ''
}
