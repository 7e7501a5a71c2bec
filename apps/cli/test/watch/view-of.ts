import type { RecordView } from '@oncekit/once'

/** A record that is executing, unless something else is said. */
export function viewOf(key: string, facts: Partial<RecordView> = {}): RecordView {
  const fence = facts.fence ?? 1
  const state = facts.state ?? 'executing'
  return {
    key,
    state,
    attempt: 1,
    ttlMs: 60_000,
    leaseLeftMs: state === 'executing' ? 2000 : 0,
    holder: state === 'executing' ? { service: 'pay', host: 'h', pid: fence } : {},
    ...facts,
    fence,
  }
}
