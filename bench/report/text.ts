import type { Measured, Slice, Target } from '../harness/comparison.ts'
import { median } from '../harness/statistics.ts'
import { type Claim, slicesOf, verdictOf } from './claim.ts'
import { digits, table } from './table.ts'

/** What the run says beside what it should say. */
export function claimsTable(claims: readonly Claim[]): string {
  return table(
    ['ours ÷ the fastest of the others', 'median', 'range', 'at least', 'reach for', 'this run'],
    claims.map((claim) => [
      claim.against === undefined ? claim.name : `${claim.name} ÷ ${claim.against}`,
      digits(claim.value.median),
      `${digits(claim.value.least)}–${digits(claim.value.most)}`,
      bound(claim.target, 'atLeast'),
      bound(claim.target, 'reachFor'),
      verdictOf(claim) ?? '',
    ]),
  )
}

/** Each subject of each row in medians, so that a ratio can be traced to what it is made of. */
export function subjectsTable(all: readonly Measured[]): string {
  const rows = all.flatMap((measured) =>
    [...measured.slices.keys()].map((name) => {
      const slices = slicesOf(measured, name)
      const middle = (of: (slice: Slice) => number | undefined): string => {
        const values = slices.flatMap((slice) => of(slice) ?? [])
        return values.length === 0 ? '' : digits(median(values))
      }
      return [
        `${measured.comparison.name}: ${name}`,
        middle((slice) => slice.perSecond / 1000),
        middle((slice) => slice.latencyMicros?.p50),
        middle((slice) => slice.latencyMicros?.p99),
        middle((slice) => slice.cpuMicros),
        middle((slice) => slice.server?.cpuMicros),
        middle((slice) => slice.server?.requests),
        middle((slice) => slice.server?.commands),
        middle((slice) => slice.server?.bytesIn),
        middle((slice) => slice.server?.bytesOut),
      ]
    }),
  )
  return table(
    [
      'per operation, medians',
      'k/s',
      'p50 µs',
      'p99 µs',
      'client CPU µs',
      'server CPU µs',
      'requests',
      'commands',
      'bytes in',
      'bytes out',
    ],
    rows,
  )
}

/** One line for whoever watches. */
export function progress(claims: readonly Claim[]): string {
  return claims
    .map(({ name, value, against }) => {
      const to = against === undefined ? '' : ` of ${against}`
      return `${name}: ${digits(value.median)}${to} (${digits(value.least)}–${digits(value.most)})`
    })
    .join('; ')
}

function bound(target: Target | undefined, which: 'atLeast' | 'reachFor'): string {
  if (target === undefined) return ''
  return `${target.better === 'more' ? '≥' : '≤'} ${Number(target[which].toFixed(2))}`
}
