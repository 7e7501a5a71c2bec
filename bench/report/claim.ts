import type { Measured, Slice, Target } from '../harness/comparison.ts'
import { type Spread, median, spreadOf } from '../harness/statistics.ts'
import type { SubjectName } from '../subjects/index.ts'

/** One figure that says something about us, beside where it should be. */
export interface Claim {
  readonly name: string
  readonly value: Spread
  readonly target?: Target
  /** What the figure is divided by. */
  readonly against?: string
}

export type Verdict = 'reached' | 'met' | 'missed'

/** What a run says about a claim, by its median. */
export function verdictOf({ value, target }: Claim): Verdict | undefined {
  if (target === undefined) return undefined
  const { atLeast, reachFor, better } = target
  const keeps = (bound: number): boolean =>
    better === 'more' ? value.median >= bound : value.median <= bound
  if (keeps(reachFor)) return 'reached'
  return keeps(atLeast) ? 'met' : 'missed'
}

/** Ours ÷ the fastest rival: speed, and client CPU where there is a target for it. */
export function claimsOf(measured: Measured): Claim[] {
  const { comparison } = measured
  const against = fastestRival(measured)
  const ratio = (of: (slice: Slice) => number): Spread =>
    spreadOf(ratios(slicesOf(measured, comparison.ours), slicesOf(measured, against), of))
  const claims: Claim[] = [
    {
      name: comparison.name,
      value: ratio((slice) => slice.perSecond),
      against,
      ...(comparison.speed === undefined ? {} : { target: comparison.speed }),
    },
  ]
  if (comparison.cpu !== undefined) {
    const value = ratio((slice) => slice.cpuMicros)
    claims.push({
      name: `${comparison.name}: client CPU`,
      value,
      against,
      target: comparison.cpu,
    })
  }
  return claims
}

/** The rival with the most operations per second in the middle of its slices. */
export function fastestRival(measured: Measured): SubjectName {
  const speed = (name: SubjectName): number =>
    median(slicesOf(measured, name).map((slice) => slice.perSecond))
  const [first, ...others] = measured.comparison.rivals
  if (first === undefined) throw new Error(`${measured.comparison.name} has no rivals`)
  return others.reduce((best, name) => (speed(name) > speed(best) ? name : best), first)
}

export function slicesOf({ slices }: Measured, name: SubjectName): readonly Slice[] {
  return slices.get(name) ?? []
}

/** Each slice is divided by its neighbour in time. */
function ratios(
  ours: readonly Slice[],
  theirs: readonly Slice[],
  of: (slice: Slice) => number,
): number[] {
  return ours.flatMap((slice, round) => {
    const other = theirs[round]
    return other === undefined ? [] : [of(slice) / of(other)]
  })
}
