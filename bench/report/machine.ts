import { availableParallelism, cpus, loadavg } from 'node:os'

/** Where and when the figures were taken. */
export interface Machine {
  readonly node: string
  readonly platform: string
  readonly processor: string
  readonly processors: number
  /** Processes that wanted to run in the minute before. */
  readonly loadBefore: number
}

export function thisMachine(): Machine {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    loadBefore: loadavg()[0] ?? 0,
  }
}

/** In one line; a machine that was busy is said to have been. */
export function describeMachine(machine: Machine): string {
  const { node, platform, processor, processors, loadBefore } = machine
  const busy =
    loadBefore > processors * BUSY
      ? `; the machine was busy before (load ${loadBefore.toFixed(1)}): trust ratios a little, absolute figures not at all`
      : ''
  return `Node ${node}, ${platform}, ${processors} × ${processor}${busy}`
}

/** Load per processor from which on others get in the way. */
const BUSY = 0.75
