import type { ProofOptions } from './options.ts'
import type { ProofResult } from './prove.ts'

/** What is being done, for someone who has never heard of it. */
export function introduction(
  { payments, workers, dedup }: ProofOptions,
  { store, namespace }: { readonly store: string; readonly namespace: string },
): string {
  const wrong = dedup
    ? ''
    : '\nThe ledger does NOT look at derived keys (--no-dedup), so this should go wrong.'
  return `
${count(payments)} payments are made by ${workers} processes of the demo service. Each is asked for 4 times: 3 times at
once, of two processes, and once when it is done. Two processes are killed (SIGKILL) at the worst
moment: the ledger has taken the money, and they could not yet write that down.${wrong}

To see the takeovers live, in another terminal:
npx once watch --namespace ${namespace} --store ${store}
`
}

/** The table, the verdict, and how to see the opposite. */
export function report(result: ProofResult, options: ProofOptions): string {
  return `
${table(result, options)}

${verdict(result)}
${options.dedup ? seeItFail : seeItHold}
`
}

const seeItFail = `
See it fail, with a ledger that does not look at derived keys: npm start -- --prove --no-dedup`
const seeItHold = `
The ledger was told not to look at derived keys. Whoever took over from a killed process could not
know that the money was taken already, and took it again. Without --no-dedup it is not.`

function table(
  { requests, ledger, kills, takeovers, payments, ms }: ProofResult,
  { seed }: ProofOptions,
): string {
  const killed = kills.map(({ pid, request }) => `${pid}, charging ${request.payment.customer}`)
  const rows: readonly (readonly [string, number, string])[] = [
    ['requests', requests.sent, 'sent to the processes; the sum of these:'],
    ['  paid', requests.paid, '201, this request made the payment'],
    ['  replayed', requests.replayed, '201, given the answer of the one that made it'],
    ['  conflicts', requests.conflicts, '409, another is at it: asked again later'],
    ['  lost', requests.lost, 'killed before it answered: asked again'],
    ...unless0('  unavailable', requests.unavailable, '503, not known yet: asked again later'),
    ...unless0('  refused', requests.refused, 'no such answer is expected'),
    ['processes killed', kills.length, killed.join('; ')],
    ['takeovers', takeovers, "runs by another process, when the dead one's lease (2 s) was over"],
    ['ledger: attempted', ledger.attempted, 'charges it was asked for; the sum of these:'],
    ['  refused by fence', ledger.refused, 'late, from a process that was overtaken'],
    ['  deduped', ledger.deduped, 'repeats, known by their derived key'],
    ['  charged', ledger.charged, 'money taken'],
    ['distinct payments', payments.planned, `in ${(ms / 1000).toFixed(1)} s, --seed ${seed}`],
  ]
  return rows
    .map(([name, number, says]) => `${name.padEnd(18)}${count(number).padStart(9)}  ${says}`)
    .join('\n')
}

function unless0(name: string, number: number, says: string): readonly [string, number, string][] {
  return number === 0 ? [] : [[name, number, says]]
}

function verdict({ violations, payments, ledger }: ProofResult): string {
  const [charged, distinct] = [count(ledger.charged), count(payments.planned)]
  if (violations.length === 0) {
    return `PROVEN: charged ${charged} = distinct ${distinct}: each payment once, and all who asked hold the same receipt.`
  }
  const keys = new Set(violations.map(({ key }) => key))
  const shown = violations.slice(0, SHOWN).map(({ key, what }) => `  ${key}: ${what}`)
  const more =
    violations.length > SHOWN ? [`  and ${count(violations.length - SHOWN)} more, see --json`] : []
  return [
    `NOT PROVEN: charged ${charged}, distinct ${distinct}: ${count(keys.size)} payments went wrong:`,
    ...shown,
    ...more,
  ].join('\n')
}

const SHOWN = 20

/** For machines. */
export function reportJson(
  { ms, kills, violations, payments, ...counts }: ProofResult,
  options: ProofOptions,
): string {
  return `${JSON.stringify({
    proven: violations.length === 0,
    distinct: payments.planned,
    ...counts,
    kills: kills.map(({ pid, request }) => ({ pid, customer: request.payment.customer })),
    violations,
    ms: Math.round(ms),
    options,
  })}\n`
}

function count(number: number): string {
  return number.toLocaleString('en')
}
