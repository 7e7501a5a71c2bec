import { Ledger } from '@oncekit/testing'
import { expect, test } from 'vitest'

test('a repeat under a newer fence is deduped by its key', () => {
  const ledger = new Ledger()
  expect(ledger.charge({ resource: 'r', fence: 1, key: 'a' })).toBe('charged')
  expect(ledger.charge({ resource: 'r', fence: 2, key: 'a' })).toBe('deduped')
})

test('a fence older than the newest is refused, whatever its key', () => {
  const ledger = new Ledger()
  ledger.charge({ resource: 'r', fence: 2, key: 'a' })
  expect(ledger.charge({ resource: 'r', fence: 1, key: 'a' })).toBe('refused')
  expect(ledger.charge({ resource: 'r', fence: 1, key: 'b' })).toBe('refused')
})

test('a charge that was deduped counts as seen: its fence refuses older ones', () => {
  const ledger = new Ledger()
  ledger.charge({ resource: 'r', fence: 1, key: 'a' })
  ledger.charge({ resource: 'r', fence: 3, key: 'a' })
  expect(ledger.charge({ resource: 'r', fence: 2, key: 'b' })).toBe('refused')
})

test('a refused charge leaves its key to be charged', () => {
  const ledger = new Ledger()
  ledger.charge({ resource: 'r', fence: 2, key: 'a' })
  ledger.charge({ resource: 'r', fence: 1, key: 'b' })
  expect(ledger.charge({ resource: 'r', fence: 2, key: 'b' })).toBe('charged')
})

test('fences of two resources are not compared', () => {
  const ledger = new Ledger()
  ledger.charge({ resource: 'r', fence: 9, key: 'a' })
  expect(ledger.charge({ resource: 's', fence: 1, key: 'b' })).toBe('charged')
})

test('what was attempted is what was refused, deduped and charged', () => {
  const ledger = new Ledger()
  for (const fence of [1, 3, 2, 3]) ledger.charge({ resource: 'r', fence, key: `a ${fence}` })
  expect(ledger.counts).toEqual({ attempted: 4, refused: 1, deduped: 1, charged: 2 })
})

test('a ledger without a guard lets through what the guard would have stopped', () => {
  const withoutFences = new Ledger({ refusesOldFences: false })
  withoutFences.charge({ resource: 'r', fence: 2, key: 'a' })
  expect(withoutFences.charge({ resource: 'r', fence: 1, key: 'b' })).toBe('charged')
  const withoutDedup = new Ledger({ dedups: false })
  withoutDedup.charge({ resource: 'r', fence: 1, key: 'a' })
  expect(withoutDedup.charge({ resource: 'r', fence: 2, key: 'a' })).toBe('charged')
})

test('a forgotten resource is charged anew', () => {
  const ledger = new Ledger()
  ledger.charge({ resource: 'r', fence: 5, key: 'a' })
  ledger.forget('r')
  expect(ledger.charge({ resource: 'r', fence: 1, key: 'a' })).toBe('charged')
})
