import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import type { Fleet } from './fleet.ts'
import type { SelfHarm } from './points.ts'
import type { Random } from './random.ts'
import type { SubjectProcess } from './subject-process.ts'

/** What a process is told about its points. */
export type PointOrder =
  | { readonly type: 'arm'; readonly point: string; readonly harm: SelfHarm }
  | { readonly type: 'disarm' }

/** Settings of {@link processFaults}. */
export interface ProcessFaultOptions {
  readonly fleet: Fleet
  /** Pauses are shorter and longer than this. */
  readonly leaseMs: number
  /** The points a process can be told to stop or die at. */
  readonly points: readonly string[]
  /** Resolves when the process says that it is about to harm itself. */
  readonly nextHarm: (process: SubjectProcess, patienceMs: number) => Promise<boolean>
}

/** Kills and pauses, out of the blue and at each point. */
export function processFaults(options: ProcessFaultOptions): readonly Fault[] {
  const { fleet, leaseMs, points } = options
  return [
    fault('kill', fleet, async (victim, _random, begins) => {
      begins(victim.name)
      await victim.kill()
      return true
    }),
    pauseOf('pause-short', fleet, [0.1 * leaseMs, 0.6 * leaseMs]),
    pauseOf('pause-long', fleet, [1.1 * leaseMs, 2 * leaseMs]),
    ...points.map((point) => killAt(point, options)),
    ...points.map((point) => stopAt(point, options)),
  ]
}

function fault(
  kind: string,
  fleet: Fleet,
  harm: (
    victim: SubjectProcess,
    random: Random,
    begins: (about: string) => void,
  ) => Promise<boolean>,
): Fault {
  return {
    kind,
    harms: 'process',
    loses: 'nothing',
    async inject(random, begins) {
      const victim = fleet.pick(random)
      return victim !== undefined && harm(victim, random, begins)
    },
  }
}

function pauseOf(kind: string, fleet: Fleet, [least, most]: readonly [number, number]): Fault {
  return fault(kind, fleet, async (victim, random, begins) => {
    begins(victim.name)
    victim.pause()
    await sleep(random.between(least, most))
    victim.resume()
    return true
  })
}

function killAt(point: string, { fleet, nextHarm }: ProcessFaultOptions): Fault {
  return fault(`kill@${point}`, fleet, async (victim, _random, begins) => {
    if (!(await armed(victim, point, 'kill', nextHarm))) return false
    begins(victim.name)
    await victim.gone
    return true
  })
}

function stopAt(point: string, { fleet, leaseMs, nextHarm }: ProcessFaultOptions): Fault {
  return fault(`stop@${point}`, fleet, async (victim, random, begins) => {
    if (!(await armed(victim, point, 'stop', nextHarm))) return false
    begins(victim.name)
    // Not stopped from here as well: continued before it came to its own SIGSTOP, it would stay stopped.
    victim.stopsItself()
    await sleep(random.between(0.3 * leaseMs, 1.8 * leaseMs))
    victim.resume()
    await sleep(200)
    victim.resume()
    return true
  })
}

/** Long enough for any point of a busy process to come by. */
const PATIENCE_MS = 3000

async function armed(
  victim: SubjectProcess,
  point: string,
  harm: SelfHarm,
  nextHarm: ProcessFaultOptions['nextHarm'],
): Promise<boolean> {
  const harmed = nextHarm(victim, PATIENCE_MS)
  victim.send({ type: 'arm', point, harm } satisfies PointOrder)
  if (await harmed) return true
  // It may still come to it just before it hears that.
  const lateHarm = nextHarm(victim, 500)
  victim.send({ type: 'disarm' } satisfies PointOrder)
  return lateHarm
}
