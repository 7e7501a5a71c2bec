import { ROOT_CONTEXT, SpanStatusCode, context, trace } from '@opentelemetry/api'
import type { Context, Histogram, Link, Span, SpanContext, Tracer } from '@opentelemetry/api'
import type { Logger } from '@oncekit/core'

import { newCounts } from './counts.ts'
import type { CallEnd, Counts } from './counts.ts'
import { meterOf } from './service-meter.ts'
import type { ServiceMeter } from './service-meter.ts'

const NAME = '@oncekit/once'

/** Counts, spans and durations of one provider. */
export class Telemetry {
  readonly logger: Logger
  readonly counts: Counts = newCounts()
  readonly #tracer: Tracer = trace.getTracer(NAME)
  readonly #duration: Histogram
  readonly #byEnd: ServiceMeter['byEnd']
  readonly #forget: () => void

  constructor(logger: Logger, serviceName: string) {
    this.logger = logger
    const meter = meterOf(serviceName)
    this.#byEnd = meter.byEnd
    this.#duration = meter.duration
    this.#forget = meter.include(this.counts)
  }

  close(): void {
    this.#forget()
  }

  /** A span for one call; `undefined` when nobody records. */
  startSpan(key: string): Span | undefined {
    const span = this.#tracer.startSpan('once.execute')
    if (!span.isRecording()) return undefined
    span.setAttribute('once.key', key)
    return span
  }

  /** Runs `act` as a child of the span. */
  within<T>(span: Span | undefined, act: () => T): T {
    return span === undefined ? act() : context.with(contextOf(span), act)
  }

  count(end: CallEnd, durationMs: number): void {
    this.counts.operations[end]++
    this.#duration.record(durationMs / 1000, this.#byEnd[end])
  }

  endSpan(span: Span, call: EndedCall): void {
    span.setAttribute('once.outcome', call.end)
    if (call.attempt !== undefined) span.setAttribute('once.attempt', call.attempt)
    const link = call.origin === undefined ? undefined : linkTo(call.origin)
    if (link !== undefined) span.addLink(link)
    if (call.error !== undefined) {
      if (call.error instanceof Error) span.recordException(call.error)
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: call.error instanceof Error ? call.error.message : 'the callback threw',
      })
    }
    span.end()
  }
}

export interface EndedCall {
  readonly end: CallEnd
  readonly attempt?: number | undefined
  /** `traceid-spanid` of the run whose outcome this call was given. */
  readonly origin?: string | undefined
  readonly error?: unknown
}

/** `traceid-spanid` of the span, or of whatever is active; `undefined` when nothing is traced. */
export function traceOf(span: Span | undefined): string | undefined {
  const active = span === undefined ? activeSpan() : span.spanContext()
  if (active === undefined || !TRACE_ID.test(active.traceId)) return undefined
  return `${active.traceId}-${active.spanId}`
}

function activeSpan(): SpanContext | undefined {
  const active = context.active()
  // Nobody traces.
  return active === ROOT_CONTEXT ? undefined : trace.getSpanContext(active)
}

function contextOf(span: Span): Context {
  return trace.setSpan(context.active(), span)
}

function linkTo(origin: string): Link | undefined {
  const [traceId, spanId] = origin.split('-')
  if (traceId === undefined || spanId === undefined) return undefined
  return { context: { traceId, spanId, traceFlags: 1, isRemote: true } }
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/
