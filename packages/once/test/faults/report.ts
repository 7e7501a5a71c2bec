import type { LedgerCounts } from '@oncekit/testing'

import type { Finding, HistoryChecker } from './check/checker.ts'
import type { RoundCounts } from './check/counts.ts'

/** What a round showed, as data. */
export interface RoundReport {
  readonly store: string
  readonly about: string
  readonly seed: number
  readonly seconds: number
  readonly workers: number
  /** Started in all: those that were killed were followed by others. */
  readonly processes: number
  /** How often each kind was injected. */
  readonly faults: Readonly<Record<string, number>>
  readonly counts: RoundCounts
  readonly effects: LedgerCounts
  readonly suspendedKeys: number
  readonly pardonedKeys: number
  readonly recoveries: number
  readonly slowestRecoveryMs: number
  readonly findings: readonly Finding[]
}

interface RoundFacts extends Omit<
  RoundReport,
  'counts' | 'suspendedKeys' | 'pardonedKeys' | 'recoveries' | 'slowestRecoveryMs' | 'findings'
> {
  readonly checker: HistoryChecker
}

export function reportOf({ checker, ...facts }: RoundFacts): RoundReport {
  const { counts, suspendedKeys, pardonedKeys, recoveries, slowestRecoveryMs, findings } = checker
  return {
    ...facts,
    counts,
    suspendedKeys,
    pardonedKeys,
    recoveries,
    slowestRecoveryMs,
    findings,
  }
}

/** The report as Markdown that also reads well on a terminal. */
export function reportText(report: RoundReport, command: string): string {
  const { counts, effects, faults, findings } = report
  const kinds = Object.entries(faults).toSorted(([a], [b]) => a.localeCompare(b))
  const injected = kinds.reduce((sum, [, count]) => sum + count, 0)
  const rows: readonly (readonly [string, number | string])[] = [
    ['faults injected', injected],
    ['kinds of faults', kinds.length],
    ['operations', counts.operations],
    ['keys', counts.keys],
    ['executions (callback starts)', counts.executions],
    ['effects attempted', effects.attempted],
    ['effects refused by fence', effects.refused],
    ['effects deduped by derived key', effects.deduped],
    ['effects charged', effects.charged],
    ['executed', counts.executed],
    ['duplicates replayed', counts.replayed],
    ['duplicates that waited', counts.waited],
    ['conflicts', counts.conflicts],
    ['mismatches', counts.mismatches],
    ['failed', counts.failed],
    ['left by their caller', counts.aborted],
    ['waited in vain', counts.waitTimeouts],
    ['leases lost', counts.leasesLost],
    ['outcome unknown', counts.unknown],
    ['store unavailable', counts.unavailable],
    ['store full', counts.full],
    ['takeovers', counts.takeovers],
    ['clears', counts.cleared],
    ['calls that died with their process', counts.lostWithTheirProcess],
    ['processes started', report.processes],
    ['recoveries after a death', report.recoveries],
    ['slowest recovery, ms', report.slowestRecoveryMs.toFixed()],
    ['suspended keys', report.suspendedKeys],
    ['of these, keys that lost something', report.pardonedKeys],
    ['violations', findings.length],
  ]
  return [
    `# Faults on ${report.store}`,
    '',
    `\`${command}\`: ${report.seconds.toFixed()} s, ${report.workers} processes at a time, seed ${report.seed}; ${report.about}.`,
    '',
    table(['what', 'count'], rows),
    '',
    table(['fault', 'times'], kinds),
    '',
    ...findings.slice(0, SHOWN).flatMap(findingLines),
    ...(findings.length > SHOWN ? [`${findings.length - SHOWN} more violations`, ''] : []),
  ].join('\n')
}

export function reportJson(report: RoundReport, command: string): string {
  return `${JSON.stringify({ command, ...report }, undefined, 2)}\n`
}

const SHOWN = 10

function findingLines({ rule, key, message, story }: Finding): string[] {
  return [`## ${rule} ${key}: ${message}`, '', '```', ...story, '```', '']
}

function table(
  head: readonly [string, string],
  rows: readonly (readonly [string, number | string])[],
): string {
  const cells = rows.map(([name, value]) => [name, String(value)] as const)
  const left = Math.max(...[head, ...cells].map(([name]) => name.length))
  const right = Math.max(...[head, ...cells].map(([, value]) => value.length))
  const line = ([name, value]: readonly [string, string]): string =>
    `| ${name.padEnd(left)} | ${value.padStart(right)} |`
  return [
    line(head),
    `| ${'-'.repeat(left)} | ${'-'.repeat(right - 1)}: |`,
    ...cells.map(line),
  ].join('\n')
}
