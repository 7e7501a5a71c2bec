import { expect, test } from 'vitest'
import { connectFailure } from '../src/connect-failure.ts'

const address = 'redis://db.local:6379/0'

test.for([
  [
    coded('connect ECONNREFUSED 10.0.0.1:6379', 'ECONNREFUSED'),
    'nothing listens',
    'Start the server',
  ],
  [coded('getaddrinfo ENOTFOUND db.local', 'ENOTFOUND'), 'host name has no address', 'DNS'],
  [new Error('NOAUTH Authentication required.'), 'wants a password', 'redis://user:password@'],
  [new Error('WRONGPASS invalid username-password pair'), 'refused the user or password', '%XX'],
  [new Error('ERR DB index is out of range'), 'no such database', 'number at the end of the URL'],
  [new Error('LOADING Redis is loading the dataset in memory'), 'still loading', 'Wait'],
  [coded('wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'does not speak TLS', 'redis://'],
  [coded('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'not trusted', 'tls.ca'],
  [new Error('Unknown RESP type 21'), 'closed the connection', 'rediss://'],
  [new Error('something new'), 'something new', 'log of the server'],
] as const)('%s is explained, with the next step', ([cause, reason, step]) => {
  const error = connectFailure(cause, address)
  expect(error).toMatchObject({ code: 'REDIS_UNAVAILABLE', retryable: true, sent: false, cause })
  expect(error.message).toContain(address)
  expect(error.message).toContain(reason)
  expect(error.message).toContain(step)
})

test('silence until the time limit is named as such, and TLS as a possible reason', () => {
  const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
  expect(connectFailure(timeout, address, 2000).message).toContain('no answer within 2000 ms')
  expect(connectFailure(timeout, address, 2000).message).not.toContain('TLS')
  expect(connectFailure(timeout, 'rediss://db.local:6379/0', 2000).message).toContain('speaks TLS')
})

test('the command that a client library attached to its error is gone', () => {
  const cause = Object.assign(new Error('WRONGPASS'), {
    command: { name: 'auth', args: ['s3cret'] },
  })
  expect(connectFailure(cause, address).cause).not.toHaveProperty('command')
})

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}
