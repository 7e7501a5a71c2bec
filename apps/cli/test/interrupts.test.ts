import { expect, test } from 'vitest'

import { failureOf } from '../src/failure.ts'
import { Interrupts } from '../src/interrupts.ts'
import { memoryWorld } from './memory-world.ts'

test('while nothing runs, a signal leaves with 128 and its number', () => {
  const world = memoryWorld()
  using interrupts = new Interrupts(world)
  world.send('SIGTERM')
  expect(interrupts.leaving.aborted).toBe(true)
  expect(failureOf(interrupts.leaving.reason)).toMatchObject({
    exitCode: 143,
    message: 'stopped by SIGTERM',
  })
})

test('while a command runs, signals are its own', () => {
  const world = memoryWorld()
  using interrupts = new Interrupts(world)
  const sent: string[] = []
  interrupts.forwardTo((signal) => sent.push(signal))
  world.send('SIGINT')
  world.send('SIGHUP')
  expect({ sent, left: interrupts.leaving.aborted, last: interrupts.forwarded }).toEqual({
    sent: ['SIGINT', 'SIGHUP'],
    left: false,
    last: 'SIGHUP',
  })
})

test('while the outcome is being stored, one signal is too late and a second one is obeyed', () => {
  const world = memoryWorld()
  using interrupts = new Interrupts(world)
  interrupts.forwardTo(() => {})
  interrupts.finish()
  world.send('SIGINT')
  expect(interrupts.leaving.aborted).toBe(false)
  world.send('SIGINT')
  expect(interrupts.leaving.aborted).toBe(true)
})

test('afterwards nobody listens', () => {
  const world = memoryWorld()
  {
    using _interrupts = new Interrupts(world)
    expect(world.listeners()).toBe(1)
  }
  expect(world.listeners()).toBe(0)
})
