import { metrics } from '@opentelemetry/api'
import type { Attributes, Histogram, Meter, MeterProvider } from '@opentelemetry/api'

import { CALL_ENDS, addCounts, forEachEnd, newCounts } from './counts.ts'
import type { CallEnd, Counts } from './counts.ts'

/**
 * The metrics of all providers of one service name in this process: they are one series to a collector, so they are added up here.
 * Counters are read when somebody collects them, and cost the hot path an increment.
 */
export class ServiceMeter {
  readonly duration: Histogram
  /** The attributes of calls that ended so. */
  readonly byEnd: Readonly<Record<CallEnd, Attributes>>
  readonly #attributes: Attributes
  readonly #live = new Set<Counts>()
  /** What closed providers had counted: counters never go back. */
  readonly #past = newCounts()

  constructor(meter: Meter, serviceName: string) {
    this.#attributes = { 'service.name': serviceName }
    this.byEnd = forEachEnd((end) => ({ ...this.#attributes, outcome: end }))
    this.duration = meter.createHistogram('once.duration', {
      unit: 's',
      description: 'How long a call took, by how it ended',
    })
    this.#observe(meter)
  }

  /** Counts a provider in; gives back how to take it out when it closes. */
  include(counts: Counts): () => void {
    this.#live.add(counts)
    return () => {
      if (this.#live.delete(counts)) addCounts(this.#past, counts)
    }
  }

  #total(): Counts {
    const total = newCounts()
    addCounts(total, this.#past)
    for (const counts of this.#live) addCounts(total, counts)
    return total
  }

  #observe(meter: Meter): void {
    meter
      .createObservableCounter('once.operations', { description: 'Calls, by how they ended' })
      .addCallback((result) => {
        const { operations } = this.#total()
        for (const end of CALL_ENDS) result.observe(operations[end], this.byEnd[end])
      })
    for (const { name, description, of } of COUNTERS) {
      meter
        .createObservableCounter(name, { description })
        .addCallback((result) => result.observe(of(this.#total()), this.#attributes))
    }
  }
}

/** The meter of a service name at the meter provider that is registered now. */
export function meterOf(serviceName: string): ServiceMeter {
  const provider = metrics.getMeterProvider()
  let services = meters.get(provider)
  if (services === undefined) meters.set(provider, (services = new Map<string, ServiceMeter>()))
  let meter = services.get(serviceName)
  if (meter === undefined) {
    meter = new ServiceMeter(provider.getMeter('@oncekit/once'), serviceName)
    services.set(serviceName, meter)
  }
  return meter
}

const meters = new WeakMap<MeterProvider, Map<string, ServiceMeter>>()

const COUNTERS: readonly { name: string; description: string; of: (counts: Counts) => number }[] = [
  { name: 'once.executions', description: 'Callback starts', of: (counts) => counts.executions },
  {
    name: 'once.cache.hits',
    description: 'Calls that were given a stored outcome',
    of: ({ operations }) => operations.replayed + operations.waited,
  },
  {
    name: 'once.cache.misses',
    description: 'Calls that found no outcome and ran',
    of: ({ operations }) =>
      operations.executed + operations.failed + operations.lease_lost + operations.unknown,
  },
  {
    name: 'once.errors',
    description: 'Calls that once itself could not serve',
    of: ({ operations }) =>
      operations.unavailable + operations.unknown + operations.lease_lost + operations.wait_timeout,
  },
  {
    name: 'once.waits',
    description: 'Calls that waited for another run',
    of: (counts) => counts.waits,
  },
  {
    name: 'once.lease.lost',
    description: 'Runs that lost their lease',
    of: (counts) => counts.leasesLost,
  },
  {
    name: 'once.indeterminate',
    description: 'Calls that met an operation nobody knows the outcome of',
    of: (counts) => counts.indeterminate,
  },
]
