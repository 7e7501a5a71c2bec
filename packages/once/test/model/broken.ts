import { MACHINE } from '@oncekit/once/model'
import type { Conduct, Invariant, Machine, ScopeName } from '@oncekit/once/model'

/** A guard taken away, and who has to notice. */
export interface Broken {
  readonly what: string
  readonly machine?: Partial<Machine>
  readonly conduct?: Partial<Conduct>
  /** Where it shows. */
  readonly scope: ScopeName
  readonly invariant: Invariant
}

const { claim, extend, commit, release, touch, remove } = MACHINE

export const BROKEN: readonly Broken[] = [
  {
    what: 'a commit without the owner check',
    machine: {
      commit: (record, request, now) =>
        commit(record, { ...request, token: record?.token ?? request.token }, now),
    },
    scope: 'runs',
    invariant: 'I3',
  },
  {
    what: 'a release without the owner check',
    machine: {
      release: (record, request, now) =>
        release(record, { ...request, token: record?.token ?? request.token }, now),
    },
    scope: 'runs',
    invariant: 'I3',
  },
  {
    what: 'an extension that revives a key that was taken',
    machine: {
      extend: (record, request, now) =>
        extend(record && { ...record, token: request.token }, request, now),
    },
    scope: 'leases',
    invariant: 'I3',
  },
  {
    what: 'a commit over a record that has expired',
    machine: { commit: commitOverNothing },
    scope: 'runs',
    invariant: 'I3',
  },
  {
    what: 'a commit after a removal by force',
    machine: { commit: commitOverNothing },
    scope: 'removals',
    invariant: 'I16',
  },
  {
    what: 'a claim without the lease check',
    machine: {
      claim: (record, request, now, fence) =>
        claim(
          record?.state === 'executing' ? { ...record, atMs: now.leaseMs } : record,
          request,
          now,
          fence,
        ),
    },
    scope: 'runs',
    invariant: 'I1',
  },
  {
    what: 'a lease that is never over',
    machine: {
      claim: (record, request, now, fence) =>
        claim(
          record?.state === 'executing'
            ? { ...record, atMs: Math.max(record.atMs, now.leaseMs + 1) }
            : record,
          request,
          now,
          fence,
        ),
    },
    scope: 'runs',
    invariant: 'I6',
  },
  {
    what: 'a fence from the wall clock alone',
    machine: { nextFence: (_last, wallMs) => Math.floor(wallMs * 1000) },
    scope: 'payloads',
    invariant: 'I3',
  },
  {
    what: 'the payload compared after "in progress"',
    machine: {
      claim: (record, request, now, fence) => {
        const running = record?.state === 'executing' && record.atMs > now.leaseMs
        return claim(record, running ? { ...request, fingerprint: '' } : request, now, fence)
      },
    },
    scope: 'payloads',
    invariant: 'I10',
  },
  {
    what: 'a payload that is never compared',
    machine: {
      claim: (record, request, now, fence) =>
        claim(record && { ...record, fingerprint: '' }, request, now, fence),
    },
    scope: 'payloads',
    invariant: 'I10',
  },
  {
    what: 'an outcome that a later commit of the same token replaces',
    machine: {
      commit: (record, request, now) =>
        commit(
          record?.token === request.token ? { ...record, state: 'executing' } : record,
          request,
          now,
        ),
    },
    scope: 'runs',
    invariant: 'I2',
  },
  {
    what: 'a claim that takes a finished key',
    machine: {
      claim: (record, request, now, fence) =>
        claim(record?.state === 'succeeded' ? undefined : record, request, now, fence),
    },
    scope: 'runs',
    invariant: 'I2',
  },
  {
    what: 'a duplicate told "done" while the first runs',
    machine: {
      claim: (record, request, now, fence) => {
        const step = claim(record, request, now, fence)
        return step.answer.status === 'executing'
          ? { answer: { status: 'done', record: step.answer.record } }
          : step
      },
    },
    scope: 'runs',
    invariant: 'I4',
  },
  {
    what: 'an owner refused its late commit though nobody took the key',
    machine: {
      commit: (record, request, now) =>
        record?.state === 'executing' && record.atMs <= now.leaseMs
          ? { answer: 'lost' }
          : commit(record, request, now),
    },
    scope: 'runs',
    invariant: 'I9',
  },
  {
    what: 'a running key cleared without force',
    machine: { remove: (record, _expect, now) => remove(record, undefined, now) },
    scope: 'leases',
    invariant: 'I16',
  },
  {
    what: 'a running record that lives for its time to live alone',
    machine: {
      claim: (record, request, now, fence) => {
        const step = claim(record, request, now, fence)
        return step.write?.kind === 'put'
          ? { ...step, write: { ...step.write, expiresInMs: request.ttlMs } }
          : step
      },
    },
    scope: 'runs',
    invariant: 'I15',
  },
  {
    what: 'an outcome that never expires',
    machine: {
      commit: (record, request, now) => {
        const step = commit(record, request, now)
        return step.write?.kind === 'put'
          ? { ...step, write: { ...step.write, expiresInMs: undefined } }
          : step
      },
    },
    scope: 'runs',
    invariant: 'I15',
  },
  {
    what: 'a touch that shortens the life of a running record',
    machine: {
      touch: (record, ttlMs) =>
        touch(record?.state === 'executing' ? { ...record, state: 'succeeded' } : record, ttlMs),
    },
    scope: 'removals',
    invariant: 'I15',
  },
  {
    what: 'a lease judged by the claimant’s clock',
    machine: {
      claim: (record, request, now, fence) =>
        claim(record, request, { ...now, leaseMs: Number(request.holder) }, fence),
    },
    scope: 'runs',
    invariant: 'I18',
  },
  {
    what: 'one attempt too many',
    machine: {
      claim: (record, request, now, fence) =>
        claim(record, { ...request, attemptLimit: request.attemptLimit + 1 }, now, fence),
    },
    scope: 'attempts',
    invariant: 'I23',
  },
  {
    what: 'attempts that are not counted over a takeover',
    machine: {
      claim: (record, request, now, fence) =>
        claim(
          record?.state === 'executing' ? { ...record, attempt: 0 } : record,
          request,
          now,
          fence,
        ),
    },
    scope: 'attempts',
    invariant: 'I23',
  },
  {
    what: 'a declared effect run again when its owner is gone',
    machine: {
      claim: (record, request, now, fence) =>
        claim(record && { ...record, effect: false }, request, now, fence),
    },
    scope: 'effects',
    invariant: 'effect',
  },
  {
    what: 'a declared effect given back',
    machine: {
      release: (record, request, now) =>
        release(record && { ...record, effect: false }, request, now),
    },
    scope: 'effects',
    invariant: 'effect',
  },
  {
    what: 'an extension that forgets the effect',
    machine: {
      extend: (record, { patch: _patch, ...request }, now) => extend(record, request, now),
    },
    scope: 'effects',
    invariant: 'effect',
  },
  {
    what: 'a declared effect that expires',
    machine: {
      extend: (record, request, now) => {
        const step = extend(record, request, now)
        return step.write?.kind === 'put'
          ? { ...step, write: { ...step.write, expiresInMs: request.leaseMs + request.ttlMs } }
          : step
      },
    },
    scope: 'effects',
    invariant: 'effect',
  },
  {
    what: 'a process that starts on an old claim',
    conduct: { freshens: false },
    scope: 'leases',
    invariant: 'I1',
  },
  {
    what: 'a lease counted from the answer',
    conduct: { countsFrom: 'answer' },
    scope: 'leases',
    invariant: 'I18',
  },
  {
    what: 'a lease counted by the wall clock alone',
    conduct: { clock: 'wall' },
    scope: 'clocks',
    invariant: 'I18',
  },
  {
    what: 'an owner that is not told of its loss',
    conduct: { tellsLoss: false },
    scope: 'leases',
    invariant: 'I7',
  },
  {
    what: 'a refused commit presented as committed',
    conduct: { adoptsWinner: false },
    scope: 'runs',
    invariant: 'I7',
  },
  {
    what: 'a commit that is not sent again',
    conduct: { insists: false },
    scope: 'runs',
    invariant: 'I9',
  },
  {
    what: '"unknown" told, and the commit given up',
    conduct: { commitGoesOn: false },
    scope: 'runs',
    invariant: 'I9',
  },
  {
    what: 'a key given back because its commit got no answer',
    conduct: { unanswered: 'released' },
    scope: 'runs',
    invariant: 'I9',
  },
  {
    what: 'a callback run again because its commit got no answer',
    conduct: { runsOnce: false },
    scope: 'runs',
    invariant: 'I5',
  },
  {
    what: 'a claim given back while its callback runs, since everybody left',
    conduct: { keepsUntilSettled: false },
    scope: 'leases',
    invariant: 'I21',
  },
  {
    what: 'a waiter that does not look again once its watch stands',
    conduct: { looksAgain: false },
    scope: 'waiters',
    invariant: 'I20',
  },
  {
    what: 'a duplicate given success without an outcome',
    conduct: { readsOutcome: false },
    scope: 'runs',
    invariant: 'I4',
  },
  {
    what: 'an effect attempted before it is declared',
    conduct: { declaresFirst: false },
    scope: 'effects',
    invariant: 'effect',
  },
]

const CLAIM = {
  key: 'key',
  token: '',
  fingerprint: '',
  leaseMs: 1,
  ttlMs: 1,
  holder: '0',
  wait: false,
  attemptLimit: 0,
}

function commitOverNothing(...[record, request, now]: Parameters<Machine['commit']>): CommitStep {
  if (record !== undefined) return commit(record, request, now)
  const { write } = claim(undefined, { ...CLAIM, token: request.token }, now, 1)
  return commit(write?.kind === 'put' ? write.record : undefined, request, now)
}

type CommitStep = ReturnType<Machine['commit']>
