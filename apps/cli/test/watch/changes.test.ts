import { describe, expect, test } from 'vitest'

import { changesOf } from '../../src/watch/changes.ts'
import { viewOf } from './view-of.ts'

const running = viewOf('k')
const over = viewOf('k', { leaseLeftMs: -1 })
const done = viewOf('k', { state: 'succeeded' })
const next = viewOf('k', { fence: 2, attempt: 2 })

describe('between two looks', () => {
  test.each([
    ['nothing', running, viewOf('k', { leaseLeftMs: 5 }), []],
    ['nothing, twice gone', undefined, undefined, []],
    ['a first run', undefined, running, ['started']],
    ['the lease of the owner ended', running, over, ['lease over']],
    ['the owner came back', over, running, ['extended late']],
    ['another took over', over, next, ['taken over']],
    ['another took over at once', running, next, ['taken over']],
    [
      'another took over, and its lease ended too',
      running,
      { ...next, leaseLeftMs: -1 },
      ['taken over', 'lease over'],
    ],
    ['another took over what was never seen', undefined, next, ['taken over']],
    [
      'another took over and was done',
      running,
      viewOf('k', { state: 'succeeded', fence: 2, attempt: 2 }),
      ['taken over', 'succeeded'],
    ],
    ['the run was done', running, done, ['succeeded']],
    ['the run failed for good', running, viewOf('k', { state: 'failed' }), ['failed']],
    ['nobody knows', running, viewOf('k', { state: 'indeterminate' }), ['indeterminate']],
    ['somebody decided', viewOf('k', { state: 'indeterminate' }), done, ['succeeded']],
    ['the run failed, or was cleared', running, undefined, ['released']],
    ['it failed, and was started again', running, viewOf('k', { fence: 2 }), ['started']],
    ['the outcome expired', done, undefined, ['forgotten']],
    [
      'it was cleared, and started again',
      viewOf('k', { state: 'succeeded', attempt: 3 }),
      next,
      ['taken over'],
    ],
    ['a whole run', undefined, done, ['succeeded']],
    ['a whole run anew', done, viewOf('k', { state: 'succeeded', fence: 2 }), ['succeeded']],
  ])('%s', (_, before, record, names) => {
    const changes = changesOf('k', before, record)
    expect(changes.map(({ name }) => name)).toEqual(names)
    for (const change of changes) expect(change).toMatchObject({ key: 'k', before, record })
  })
})
