import { carryOut, carryOutRemoval } from './carry-out.ts'
import type { Key, World } from './world.ts'

/** Somebody clears the key. */
export function spendAndRemove(world: World, key: Key, forced: boolean): boolean {
  if (!world.spend(forced ? 'forcedClears' : 'clears')) return false
  carryOutRemoval(world, key, forced ? undefined : 'idle')
  return true
}

/** An operator says what became of an effect whose owner is gone. */
export function decide(world: World, key: Key): boolean {
  const { record } = key
  if (record?.state !== 'indeterminate' || !world.spend('decisions')) return false
  carryOut(world, key, {
    verb: 'commit',
    request: {
      key: key.name,
      token: OPERATOR,
      outcome: { state: 'succeeded', codec: 1, body: OPERATOR },
      ttlMs: world.rules.calls[0]?.ttlMs ?? 1,
      meta: '',
      expect: { state: 'indeterminate', fence: record.fence },
    },
  })
  return true
}

const OPERATOR = 'operator'
