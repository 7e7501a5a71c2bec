import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { Holder, OnceInProgressError } from '@oncekit/once'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

import { endingOf } from './support/ending.ts'
import { Gate } from './support/gate.ts'
import { Rig } from './support/rig.ts'

class Reader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }
}

const spans = new InMemorySpanExporter()
const tracing = new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
})
const reader = new Reader()
const metering = new MeterProvider({ readers: [reader] })

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(tracing)
  metrics.setGlobalMeterProvider(metering)
})

beforeEach(() => spans.reset())

afterAll(async () => {
  trace.disable()
  metrics.disable()
  context.disable()
  await tracing.shutdown()
  await metering.shutdown()
})

test('I33 the metrics tell operations by outcome, executions, hits, misses, waits and errors', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ serviceName: 'metered' })
  const gate = new Gate()
  await once.execute('key', () => 'done')
  await once.execute('key', () => 'unused')
  await endingOf(once.execute('bad', () => Promise.reject(new Error('no')))).over
  const slow = [once.execute('slow', gate.pass), once.execute('slow', gate.pass)]
  await rig.clock.advance(2_500)
  gate.open('done')
  await Promise.all(slow)
  const seen = await collect('metered')
  expect(seen.get('once.operations{executed}')).toBe(2)
  expect(seen.get('once.operations{replayed}')).toBe(1)
  expect(seen.get('once.operations{waited}')).toBe(1)
  expect(seen.get('once.operations{failed}')).toBe(1)
  expect(seen.get('once.executions')).toBe(3)
  expect(seen.get('once.cache.hits')).toBe(2)
  expect(seen.get('once.cache.misses')).toBe(3)
  expect(seen.get('once.waits')).toBe(1)
  expect(seen.get('once.errors')).toBe(0)
  // Two calls of 2.5 s: the unit is seconds.
  expect(seen.get('once.duration.sum{executed}')).toBe(2.5)
  expect(seen.get('once.duration.sum{waited}')).toBe(2.5)
  expect(seen.get('once.duration.count{executed}')).toBe(2)
})

test('two providers of one service are counted together, also after one has closed', async () => {
  await using rig = new Rig()
  const first = await rig.process({ serviceName: 'twins' })
  const second = await rig.process({ serviceName: 'twins' })
  for (let call = 0; call < 5; call++) await first.once.do(`first ${call}`, () => undefined)
  for (let call = 0; call < 3; call++) await second.once.do(`second ${call}`, () => undefined)
  expect((await collect('twins')).get('once.operations{executed}')).toBe(8)
  await first.once.do('first, once more', () => undefined)
  expect((await collect('twins')).get('once.operations{executed}')).toBe(9)
  await first.once.close()
  await second.once.do('second, once more', () => undefined)
  expect((await collect('twins')).get('once.operations{executed}')).toBe(10)
})

test('each call is a span with its outcome, and what the callback traces is inside', async () => {
  await using rig = new Rig()
  const { once } = await rig.process()
  const tracer = trace.getTracer('test')
  await tracer.startActiveSpan('request', async (request) => {
    await once.execute('key', () => tracer.startActiveSpan('charge', (span) => span.end()))
    request.end()
  })
  await endingOf(once.execute('bad', () => Promise.reject(new Error('declined')))).over
  const [request, charge, ok, bad] = ['request', 'charge', 'key', 'bad'].map(named)
  expect(ok?.attributes).toMatchObject({
    'once.key': 'key',
    'once.outcome': 'executed',
    'once.attempt': 1,
  })
  expect(ok?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId)
  expect(charge?.parentSpanContext?.spanId).toBe(ok?.spanContext().spanId)
  expect(bad?.attributes['once.outcome']).toBe('failed')
  expect(bad?.events[0]?.name).toBe('exception')
})

test('the span of a replay is linked to that of the run, across processes', async () => {
  await using rig = new Rig()
  const [first, second, third] = [await rig.process(), await rig.process(), await rig.process()]
  const gate = new Gate()
  const run = first.once.execute('key', gate.pass)
  await gate.entered()
  const follower = first.once.execute('key', gate.pass)
  const waiter = second.once.execute('key', gate.pass)
  await rig.settle()
  gate.open('done')
  await Promise.all([run, follower, waiter])
  await third.once.execute('key', gate.pass)
  const calls = spans
    .getFinishedSpans()
    .filter(({ attributes }) => attributes['once.key'] === 'key')
  const origin = calls.find(({ attributes }) => attributes['once.outcome'] === 'executed')
  const others = calls.filter((span) => span !== origin)
  expect(outcomesOf(others)).toEqual(['replayed', 'waited', 'waited'])
  for (const { links } of others) {
    expect(links.map((link) => link.context.spanId)).toEqual([origin?.spanContext().spanId])
    expect(links[0]?.context.traceId).toBe(origin?.spanContext().traceId)
  }
  expect(origin?.links).toEqual([])
})

test('a caller that would rather not wait learns the trace of the run', async () => {
  await using rig = new Rig()
  const [owner, other] = [await rig.process(), await rig.process()]
  const gate = new Gate()
  const call = owner.once.execute('key', gate.pass)
  await gate.entered()
  const seen: Holder[] = []
  for (const { once } of [owner, other]) {
    const duplicate = endingOf(once.execute('key', gate.pass, { onDuplicate: 'reject' }))
    await duplicate.over
    seen.push((duplicate.error as OnceInProgressError).holder)
  }
  gate.open('done')
  await call
  for (const holder of seen) {
    expect(holder).toMatchObject({
      host: expect.any(String),
      pid: process.pid,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  }
})

test('every kind of end closes its span', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ waitTimeout: 10 })
  const gate = new Gate()
  const run = once.execute('key', gate.pass, { payload: 1 })
  await gate.entered()
  const ends = [
    once.execute('key', gate.pass, { payload: 2 }),
    once.execute('key', gate.pass, { onDuplicate: 'reject', payload: 1 }),
    once.execute('key', gate.pass, { payload: 1 }),
    once.execute('key', gate.pass, { signal: AbortSignal.abort() }),
  ].map(endingOf)
  await rig.clock.advance(20)
  await Promise.all(ends.map(({ over }) => over))
  gate.open('done')
  await run
  expect(outcomesOf(spans.getFinishedSpans())).toEqual([
    'aborted',
    'conflict',
    'executed',
    'mismatch',
    'wait_timeout',
  ])
})

test('a key in a span or a metric is no label: metrics carry the outcome and the service only', async () => {
  await using rig = new Rig()
  const { once } = await rig.process({ serviceName: 'labels' })
  await once.do('customer:4711', () => undefined)
  const { resourceMetrics } = await reader.collect()
  expect(JSON.stringify(resourceMetrics.scopeMetrics)).not.toContain('4711')
})

function outcomesOf(calls: readonly ReadableSpan[]): string[] {
  const outcomes = calls.map(({ attributes: { 'once.outcome': outcome } }) =>
    typeof outcome === 'string' ? outcome : 'none',
  )
  return outcomes.toSorted((a, b) => a.localeCompare(b))
}

function named(name: string): ReadableSpan | undefined {
  return spans
    .getFinishedSpans()
    .find(
      (span) =>
        span.name === name ||
        (span.name === 'once.execute' && span.attributes['once.key'] === name),
    )
}

/** The values of one service's metrics, by name and outcome. */
async function collect(service: string): Promise<Map<string, number>> {
  const { resourceMetrics } = await reader.collect()
  const seen = new Map<string, number>()
  for (const { metrics: collected } of resourceMetrics.scopeMetrics) {
    for (const { descriptor, dataPoints } of collected) {
      for (const { attributes, value } of dataPoints) {
        if (attributes['service.name'] !== service) continue
        const { outcome: label } = attributes
        const outcome = typeof label === 'string' ? `{${label}}` : ''
        if (typeof value === 'number') seen.set(`${descriptor.name}${outcome}`, value)
        else {
          const histogram = value as Histogram
          seen.set(`${descriptor.name}.sum${outcome}`, histogram.sum ?? Number.NaN)
          seen.set(`${descriptor.name}.count${outcome}`, histogram.count)
        }
      }
    }
  }
  return seen
}
