import { describe, expect, test } from 'vitest'

import { parseModelOptions } from '../../../../scripts/tasks/model-options.ts'

describe('the command line of the model', () => {
  test('plays 200,000 random schedules when nothing is said', () => {
    const { runs, exhaustive, processes, path } = parseModelOptions([])
    expect({ runs, exhaustive, processes, path }).toEqual({
      runs: 200_000,
      exhaustive: false,
      processes: undefined,
      path: undefined,
    })
  })

  test('takes what a breach prints to be seen again', () => {
    expect(parseModelOptions(['--seed', '7', '--path', '3:0:12'])).toMatchObject({
      seed: 7,
      path: '3:0:12',
    })
  })

  test.each([
    [['--runs', '0'], '--runs 0: expected a whole number from 1'],
    [['--runs', 'many'], '--runs many: expected a whole number from 1'],
    [['--runs', ''], '--runs : expected a whole number from 1'],
    [['--seed', '1.5'], '--seed 1.5: expected a whole number'],
    [['--processes', '5'], '--processes 5: expected a whole number from 1 to 4'],
    [['--path', '1:2'], '--path needs the --seed'],
    [['--seed', '1', '--path', 'x'], '--path x: expected numbers with colons'],
    [['--depth', '3'], "Unknown option '--depth'"],
  ])('%j is refused by name', (argv, message) => {
    expect(() => parseModelOptions(argv)).toThrow(message)
  })
})
