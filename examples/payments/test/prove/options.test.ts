import { describe, expect, test } from 'vitest'
import { proofUsage, readProofOptions } from '../../src/prove/options.ts'

describe('the options of the proof', () => {
  test('are ten thousand payments and derived keys by default', () => {
    expect(readProofOptions(['--prove'])).toEqual({
      payments: 10_000,
      workers: 4,
      seed: expect.any(Number),
      store: undefined,
      dedup: true,
      json: false,
    })
  })

  test('are what was given', () => {
    const line = '--prove --payments 300 --workers 3 --seed 7 --store redis://x --no-dedup --json'
    expect(readProofOptions(line.split(' '))).toEqual({
      payments: 300,
      workers: 3,
      seed: 7,
      store: 'redis://x',
      dedup: false,
      json: true,
    })
  })

  test.each([
    ['--payments 99', '--payments: expected a whole number from 100 to 1000000, got "99"'],
    ['--payments 1e3', '--payments: expected a whole number from 100 to 1000000, got "1e3"'],
    ['--workers 1', '--workers: expected a whole number from 2 to 32, got "1"'],
    ['--seed -1', 'seed'],
    ['--seed=x', '--seed: expected a whole number from 0 to 2147483648, got "x"'],
    ['--store memory:', 'got "memory:", which processes cannot share'],
    ['--store sqlite::memory:', 'which processes cannot share'],
    ['--paymnts 5', "'--paymnts'; see npm start -- --prove --help"],
    ['--port 80', "'--port'; see npm start -- --prove --help"],
    ['more', "'more'; see npm start -- --prove --help"],
  ])('%s is refused by name', (line, told) => {
    expect(() => readProofOptions(['--prove', ...line.split(' ')])).toThrow(told)
  })

  test('are all in the help, and so are the exit codes', () => {
    expect(readProofOptions(['--prove', '-h'])).toBe('help')
    for (const name of ['payments', 'workers', 'store', 'no-dedup', 'seed', 'json', 'help']) {
      expect(proofUsage).toMatch(new RegExp(`^  --${name} `, 'm'))
    }
    expect(proofUsage).toMatch(/^Exit codes\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}130 /m)
  })
})
