import { backoff, silentLogger } from '@oncekit/core'
import { expect, test } from 'vitest'
import { Dispatcher } from '../src/dispatcher.ts'
import { defineScript } from '../src/index.ts'
import type { Connector, Outgoing } from '../src/link.ts'
import { eventually } from './eventually.ts'

class ReplyError extends Error {}

test('a burst of calls to a forgotten script loads it once and runs each call once more', async () => {
  const wire = fakeWire()
  const dispatcher = await connected(wire)
  const script = defineScript('twice', 'return 2')
  const calls = Array.from({ length: 50 }, () =>
    dispatcher.call(['evalsha', script.sha, '0'], script, 1),
  )
  for (const sent of wire.take()) sent.failed(new ReplyError('NOSCRIPT No matching script.'))
  const loads = wire.take()
  expect(loads.map((sent) => sent.args)).toEqual([['SCRIPT', 'LOAD', 'return 2']])
  loads[0]?.replied(Buffer.from(script.sha))
  await eventually(() => wire.waiting).toBe(50)
  for (const sent of wire.take()) sent.replied(2)
  expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, () => 2))
  await dispatcher.close()
})

test('a server that never learns a script ends the call with what it said', async () => {
  const wire = fakeWire((sent) => {
    if (sent.args[0] === 'SCRIPT') sent.replied(Buffer.from('ok'))
    else sent.failed(new ReplyError('NOSCRIPT No matching script.'))
  })
  const dispatcher = await connected(wire)
  const script = defineScript('never', 'return 0')
  await expect(dispatcher.call(['evalsha', script.sha, '0'], script, 1)).rejects.toMatchObject({
    code: 'REDIS_REPLY',
    reply: 'NOSCRIPT No matching script.',
  })
  await dispatcher.close()
})

test('a script that does not compile fails its calls with the reason', async () => {
  const wire = fakeWire((sent) => {
    const refusal = sent.args[0] === 'SCRIPT' ? 'ERR Error compiling script' : 'NOSCRIPT No'
    sent.failed(new ReplyError(refusal))
  })
  const dispatcher = await connected(wire)
  const script = defineScript('broken', 'retrun')
  await expect(dispatcher.call(['evalsha', script.sha, '0'], script, 1)).rejects.toMatchObject({
    code: 'REDIS_REPLY',
    reply: 'ERR Error compiling script',
  })
  await dispatcher.close()
})

test('a call that timed out counts against the limit until the client lets go of it', async () => {
  const wire = fakeWire()
  const dispatcher = await connected(wire, { timeoutMs: 30, calls: 1 })
  await expect(dispatcher.call(['GET', 'a'], undefined, 1)).rejects.toMatchObject({
    code: 'REDIS_TIMEOUT',
    sent: true,
  })
  expect(dispatcher.pendingCalls).toBe(1)
  await expect(dispatcher.call(['GET', 'b'], undefined, 1)).rejects.toMatchObject({
    code: 'REDIS_QUEUE_FULL',
    sent: false,
  })
  for (const sent of wire.take()) sent.replied(null)
  expect(dispatcher.pendingCalls).toBe(0)
  await dispatcher.close()
})

test('answers that arrived while the event loop stood still are not called late', async () => {
  const wire = fakeWire()
  const dispatcher = await connected(wire, { timeoutMs: 40 })
  const call = dispatcher.call(['GET', 'a'], undefined, 1)
  const until = performance.now() + 80
  while (performance.now() < until);
  // As a socket would: the answer is read in the pass through the event loop after the timers.
  setImmediate(() => wire.take()[0]?.replied(1))
  await expect(call).resolves.toBe(1)
  await dispatcher.close()
})

test('a client that holds a command for twice the time limit is replaced', async () => {
  const wire = fakeWire()
  const dispatcher = await connected(wire, { timeoutMs: 30 })
  await expect(dispatcher.call(['GET', 'a'], undefined, 1)).rejects.toMatchObject({
    code: 'REDIS_TIMEOUT',
  })
  await eventually(() => wire.opened).toBe(2)
  expect(wire.destroyed).toBe(1)
  expect(dispatcher.pendingCalls).toBe(0)
  await dispatcher.close()
})

interface Wire {
  readonly connector: Connector
  readonly opened: number
  readonly destroyed: number
  /** Commands sent and not yet taken. */
  readonly waiting: number
  take(): Outgoing[]
}

/** A connection that answers PING by itself, and the rest as told. */
function fakeWire(answer?: (outgoing: Outgoing) => void): Wire {
  let sent: Outgoing[] = []
  let held: Outgoing[] = []
  const wire = { opened: 0, destroyed: 0 }
  const connector: Connector = {
    address: 'redis://fake:6379/0',
    owned: true,
    open: async () => {
      wire.opened++
      return {
        send(outgoing) {
          if (outgoing.args[0] === 'PING') return outgoing.replied(Buffer.from('PONG'))
          if (answer !== undefined) return queueMicrotask(() => answer(outgoing))
          held.push(outgoing)
          sent.push(outgoing)
        },
        destroy() {
          wire.destroyed++
          for (const outgoing of held) outgoing.failed(new Error('destroyed'))
          held = []
        },
      }
    },
    openSubscriber: () => Promise.reject(new Error('not asked for')),
  }
  return {
    connector,
    get opened() {
      return wire.opened
    },
    get destroyed() {
      return wire.destroyed
    },
    get waiting() {
      return sent.length
    },
    take() {
      const taken = sent
      sent = []
      held = held.filter((outgoing) => !taken.includes(outgoing))
      return taken
    },
  }
}

async function connected(wire: Wire, { timeoutMs = 1000, calls = 1000 } = {}): Promise<Dispatcher> {
  const dispatcher = new Dispatcher({
    connector: wire.connector,
    connectTimeoutMs: 1000,
    commandTimeoutMs: timeoutMs,
    limits: { calls, bytes: 1e6 },
    backoff: backoff({ initialMs: 1, maxMs: 5, factor: 2, jitter: 'none' }),
    logger: silentLogger,
  })
  await dispatcher.connect()
  return dispatcher
}
