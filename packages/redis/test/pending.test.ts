import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Call } from '../src/call.ts'
import { PendingCalls } from '../src/pending.ts'

const nobody = { replied: () => {}, failed: () => {} }

test('there is room until one of the limits would be passed', () => {
  const pending = new PendingCalls({ calls: 2, bytes: 100 })
  expect(pending.hasRoom(101)).toBe(false)
  const first = call(60)
  pending.add(first)
  expect(pending.hasRoom(41)).toBe(false)
  expect(pending.hasRoom(40)).toBe(true)
  pending.add(call(40))
  expect(pending.hasRoom(0)).toBe(false)
  pending.remove(first)
  expect(pending.hasRoom(60)).toBe(true)
})

test('whatever comes and goes, the rest stays in order and is counted', () => {
  const steps = fc.array(fc.record({ add: fc.boolean(), at: fc.nat(), bytes: fc.nat(50) }))
  fc.assert(
    fc.property(steps, (script) => {
      const pending = new PendingCalls({ calls: 1000, bytes: 1e6 })
      const model: Call[] = []
      for (const { add, at, bytes } of script) {
        if (add || model.length === 0) {
          const added = call(bytes)
          pending.add(added)
          model.push(added)
        } else {
          const [removed] = model.splice(at % model.length, 1)
          if (removed !== undefined) pending.remove(removed)
        }
        expect([...pending]).toEqual(model)
        expect(pending.oldest).toBe(model[0])
        expect(pending.calls).toBe(model.length)
        expect(pending.bytes).toBe(model.reduce((sum, each) => sum + each.bytes, 0))
      }
    }),
  )
})

test('a call that was removed keeps no other call in memory', () => {
  const pending = new PendingCalls({ calls: 10, bytes: 100 })
  const calls = [call(1), call(1), call(1)] as const
  for (const each of calls) pending.add(each)
  for (const each of pending) pending.remove(each)
  expect(pending.calls).toBe(0)
  for (const each of calls) expect([each.next, each.previous]).toEqual([undefined, undefined])
})

function call(bytes: number): Call {
  return new Call(nobody, ['PING'], undefined, bytes, 0)
}
