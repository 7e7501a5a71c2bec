import { quantile } from './statistics.ts'
import type { Figure, Work } from './subject.ts'

/** Latencies kept of a slice: the latest. A power of two. */
const KEPT = 65_536

let calls = 0
const latencies = new Float64Array(KEPT)

/** Lets `callers` do the work for so long, each one call after another. */
export async function runSlice(work: Work, callers: number, ms: number): Promise<Figure> {
  await work.clear?.()
  const { stride = 1, limit = Infinity } = work
  const first = calls
  const last = first + limit
  let timed = 0
  const cpu = process.cpuUsage()
  const startedMs = performance.now()
  const endMs = startedMs + ms
  const caller = async (): Promise<void> => {
    let sinceMs = startedMs
    while (sinceMs < endMs && calls < last) {
      for (let i = 0; i < stride && calls < last; i++) await work.act(calls++)
      const nowMs = performance.now()
      latencies[timed++ % KEPT] = nowMs - sinceMs
      sinceMs = nowMs
    }
  }
  await Promise.all(Array.from({ length: work.callers ?? callers }, caller))
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const operations = (calls - first) * (work.operations ?? 1)
  return {
    operations,
    perSecond: operations / seconds,
    cpuMicros: (user + system) / operations,
    ...(stride === 1 ? { latencyMicros: latencyOf(latencies.subarray(0, timed)) } : {}),
  }
}

function latencyOf(ms: Float64Array): { p50: number; p99: number } {
  const micros = Array.from(ms, (each) => each * 1000)
  return { p50: quantile(micros, 0.5), p99: quantile(micros, 0.99) }
}
