// One subject in a process of its own: measures the workload it is told, when it is told.
// node worker.ts <subject> <url>
import { type Subject, subjects } from './subjects.ts'
import { type Workload, workloads } from './workloads.ts'

export interface Slice {
  /** Index into the workloads. */
  readonly workload: number
  readonly ms: number
}

export interface Figure {
  readonly callsPerSecond: number
  /** Client CPU, user and system, per call. */
  readonly cpuMicros: number
}

const [, , name = '', url = ''] = process.argv
const open = subjects[name]
if (open === undefined) throw new Error(`unknown subject ${name}`)
const subject = await open(url)
let calls = 0

process.on('message', ({ workload, ms }: Slice) => {
  const chosen = workloads[workload]
  if (chosen === undefined) throw new Error(`unknown workload ${workload}`)
  void measure(subject, chosen, ms).then((figure) => process.send?.(figure))
})
process.on('disconnect', () => void subject[Symbol.asyncDispose]())
process.send?.('ready')

async function measure(on: Subject, workload: Workload, ms: number): Promise<Figure> {
  const { script, callers } = workload
  const cpu = process.cpuUsage()
  const before = calls
  const startedMs = performance.now()
  const endMs = startedMs + ms
  const caller = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const [keys, args] = workload.call(calls++)
      await on.run(script, keys, args)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const made = calls - before
  return { callsPerSecond: made / seconds, cpuMicros: (user + system) / made }
}
