import type { Now } from '../machine.ts'
import type { OnceRecord } from '../record.ts'
import { Violation } from './invariant.ts'
import type { World } from './world.ts'

const PROBE = 'probe'

/**
 * Bounded wedge: were everybody gone from now on, a claim made when the lease is over would be granted, or told an outcome; and
 * what waits for a decision can be decided. The answer depends on the record alone, so it is asked once.
 */
export function checkWedge(world: World, record: OnceRecord, now: Now): void {
  const { machine, tally, calls } = world.rules
  tally.check('I6')
  const leaseMs = record.state === 'executing' ? record.atMs - now.leaseMs : 0
  const longestMs = Math.max(...calls.map((call) => call.leaseMs))
  if (leaseMs > longestMs) {
    throw new Violation(
      'I6',
      `a lease of ${leaseMs} ms was given where ${longestMs} is the longest`,
    )
  }
  const then = { leaseMs: now.leaseMs + Math.max(0, leaseMs), wallMs: now.wallMs }
  const request = {
    key: 'key',
    token: PROBE,
    fingerprint: record.fingerprint,
    leaseMs: 1,
    ttlMs: 1,
    holder: String(then.leaseMs),
    wait: false,
    attemptLimit: 0,
  }
  const { answer } = machine.claim(record, request, then, record.fence + 1)
  if (answer.status !== 'claimed' && answer.status !== 'done') {
    throw new Violation('I6', `after its lease the key still answers "${answer.status}"`)
  }
  if (record.state !== 'indeterminate') return
  const decided = machine.commit(
    record,
    {
      key: 'key',
      token: PROBE,
      outcome: { state: 'succeeded', codec: 0, body: '' },
      ttlMs: 1,
      meta: '',
      expect: { state: 'indeterminate', fence: record.fence },
    },
    then,
  )
  if (decided.answer !== 'committed') throw new Violation('I6', 'nobody can decide any more')
}
