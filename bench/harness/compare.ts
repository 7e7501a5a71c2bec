import type { RedisPort } from '@oncekit/redis'

import type { Ground } from '../ground.ts'
import type { SubjectName } from '../subjects/index.ts'
import type { Comparison, Measured, Slice } from './comparison.ts'
import type { Crew } from './crew.ts'
import { costBetween, serverLoad } from './server-load.ts'

export interface SliceOptions {
  /** Measured time for each subject. */
  readonly seconds: number
  /** How many slices that is cut into. */
  readonly repeat: number
  /** Time a subject gets, unmeasured, with work that is new to it: the compiler takes a while. */
  readonly warmUpMs: number
  /** Unmeasured time before each slice: a process that stood still while the others had their turn is slow at first. */
  readonly runInMs: number
}

/** Short slices, one subject after another and each round in another order: what else the machine does hits all of them alike. */
export async function compare(
  comparison: Comparison,
  ground: Ground,
  { seconds, repeat, warmUpMs, runInMs }: SliceOptions,
): Promise<Measured> {
  const { crew } = ground
  const { ours, rivals, beside = [], work, callers } = comparison
  const subjects = [ours, ...rivals, ...beside]
  const found = new Map<SubjectName, Slice[]>(subjects.map((name) => [name, []]))
  const { url = '', redis } = comparison.redis === undefined ? {} : await ground.server()

  await redis?.command(FLUSH)
  for (const subject of subjects) {
    const isNew = await crew.begin(subject, { work, callers, redisUrl: url })
    if (isNew) await crew.slice(subject, warmUpMs, CROWD)
    await crew.slice(subject, warmUpMs * KNOWN)
  }
  for (let round = 0; round < repeat; round++) {
    for (const subject of rotated(subjects, round)) {
      if (comparison.redis === 'emptied') await redis?.command(FLUSH)
      await crew.slice(subject, runInMs)
      const slice = await sliceOf(crew, subject, (seconds * 1000) / repeat, redis)
      found.get(subject)?.push(slice)
    }
  }
  return { comparison, slices: found }
}

/**
 * Callers while a subject warms up: what is measured is a service that has run for a while, and one caller does too
 * little in a few seconds for the compiler to take notice.
 */
const CROWD = 256

/** What a subject needs of the warm-up for work it did before, with another number of callers. */
const KNOWN = 0.2

const FLUSH: readonly string[] = ['FLUSHDB', 'SYNC']

async function sliceOf(
  crew: Crew,
  subject: SubjectName,
  ms: number,
  redis: RedisPort | undefined,
): Promise<Slice> {
  if (redis === undefined) return crew.slice(subject, ms)
  const before = await serverLoad(redis)
  const figure = await crew.slice(subject, ms)
  const after = await serverLoad(redis)
  return { ...figure, server: costBetween(before, after, figure.operations) }
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
