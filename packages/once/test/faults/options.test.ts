import { expect, test } from 'vitest'

import { USAGE, parseFaultOptions } from './options.ts'

const parse = (...argv: string[]) => parseFaultOptions(argv, 1_700_000_000_000)

test('without arguments: two minutes on SQLite with four processes and a seed of this moment', () => {
  expect(parse()).toMatchObject({ store: 'sqlite', minutes: 2, workers: 4, keep: false })
  expect(parse().seed).not.toBe(parseFaultOptions([], 1_700_000_000_001).seed)
})

test('what is asked for is taken', () => {
  const argv = '--store redis --minutes 60 --seed 7 --workers 3 --kinds kill,net-cut --keep'
  expect(parse(...argv.split(' '))).toEqual({
    store: 'redis',
    minutes: 60,
    seed: 7,
    workers: 3,
    kinds: ['kill', 'net-cut'],
    keep: true,
    help: false,
  })
})

test.each([
  ['--store', 'mysql', 'expected one of sqlite, redis'],
  ['--minutes', '0', 'expected a number above 0'],
  ['--minutes', 'long', 'expected a number above 0'],
  ['--seed', '1.5', 'expected a whole number'],
  ['--seed', '', 'expected a whole number'],
  ['--workers', '1', 'expected a whole number, 2 or more'],
])('%s %s is refused by name', (name, value, expected) => {
  expect(() => parse(name, value)).toThrow(`${name} ${value}: ${expected}`)
})

test('an argument nobody knows is refused by name', () => {
  expect(() => parse('--hours', '1')).toThrow('--hours')
})

test('the usage names every option', () => {
  for (const name of ['store', 'minutes', 'seed', 'workers', 'kinds', 'keep', 'judge']) {
    expect(USAGE).toContain(`--${name}`)
  }
})
