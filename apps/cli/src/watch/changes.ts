import type { RecordView } from '@oncekit/once'

export type ChangeName =
  | 'seen'
  | 'started'
  | 'taken over'
  | 'lease over'
  | 'extended late'
  | Exclude<RecordView['state'], 'executing'>
  | 'released'
  | 'forgotten'

/** What happened to a key between two looks. */
export interface Change {
  readonly name: ChangeName
  readonly key: string
  /** Missing: it is gone. */
  readonly record: RecordView | undefined
  /** Missing: it was not there. */
  readonly before: RecordView | undefined
}

/** What must have happened between two looks at a key. Of several things the takeover comes first. */
export function changesOf(
  key: string,
  before: RecordView | undefined,
  record: RecordView | undefined,
): readonly Change[] {
  return namesOf(before, record).map((name) => ({ name, key, record, before }))
}

function namesOf(
  before: RecordView | undefined,
  record: RecordView | undefined,
): readonly ChangeName[] {
  if (record === undefined) {
    if (before === undefined) return []
    return [before.state === 'executing' ? 'released' : 'forgotten']
  }
  const { state } = record
  if (before?.fence === record.fence) {
    if (state !== before.state) return state === 'executing' ? [] : [state]
    return leaseChange(before, record)
  }
  const began = isTakeover(before, record) ? 'taken over' : 'started'
  if (state === 'executing') return [began, ...(isOver(record) ? (['lease over'] as const) : [])]
  // When a run both began and ended unseen, its end is all there is to say, unless it took over.
  return began === 'taken over' ? [began, state] : [state]
}

function isTakeover(before: RecordView | undefined, record: RecordView): boolean {
  return record.attempt > (before?.state === 'executing' ? before.attempt : 1)
}

function leaseChange(before: RecordView, record: RecordView): readonly ChangeName[] {
  if (isOver(before) === isOver(record)) return []
  return [isOver(record) ? 'lease over' : 'extended late']
}

function isOver({ state, leaseLeftMs }: RecordView): boolean {
  return state === 'executing' && leaseLeftMs <= 0
}
