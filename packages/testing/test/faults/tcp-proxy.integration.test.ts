import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { startTcpProxy } from '@oncekit/testing'
import { expect, test } from 'vitest'

/** A server that answers everything with its name and what it was sent. */
async function echo(name: string): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => {
    socket.on('data', (data) => socket.write(`${name}:${data.toString()} `))
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

function client(port: number): Disposable & { readonly socket: Socket; heard: string } {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const self = { socket, heard: '', [Symbol.dispose]: () => void socket.destroy() }
  socket.on('data', (data) => (self.heard += data.toString()))
  socket.on('error', () => undefined)
  return self
}

test('a delay holds everything back and keeps its order, also when it ends', async () => {
  await using server = await echo('a')
  await using proxy = await startTcpProxy(server.port)
  using talk = client(proxy.port)
  proxy.delay(80)
  const startedAt = performance.now()
  talk.socket.write('1')
  await expect.poll(() => talk.heard).toBe('a:1 ')
  // There and back; a timer may fire a moment early.
  expect(performance.now() - startedAt).toBeGreaterThan(150)
  talk.socket.write('2')
  await expect.poll(() => proxy.connections).toBe(1)
  proxy.delay(0)
  talk.socket.write('3')
  await expect.poll(() => talk.heard.replaceAll(/[^123]/g, '')).toBe('123')
})

test('after retargeting, a new connection leads elsewhere and the old one is reset', async () => {
  await using one = await echo('one')
  await using other = await echo('other')
  await using proxy = await startTcpProxy(one.port)
  using before = client(proxy.port)
  before.socket.write('x')
  await expect.poll(() => before.heard).toBe('one:x ')
  proxy.retarget(other.port)
  await expect.poll(() => before.socket.destroyed).toBe(true)
  using after = client(proxy.port)
  after.socket.write('y')
  await expect.poll(() => after.heard).toBe('other:y ')
})

test('lost requests never arrive', async () => {
  await using server = await echo('a')
  await using proxy = await startTcpProxy(server.port)
  using talk = client(proxy.port)
  talk.socket.write('1')
  await expect.poll(() => talk.heard).toBe('a:1 ')
  await proxy.fault('no-requests')
  talk.socket.write('2')
  await expect.poll(() => proxy.swallowed).toBe(1)
  expect(talk.heard).toBe('a:1 ')
})
