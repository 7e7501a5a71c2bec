import { describe, expect, test } from 'vitest'

import { ROWS, parseOptions } from '../options.ts'

describe('the command line', () => {
  test('measures every row but the ports by itself', () => {
    expect(parseOptions([]).rows).toEqual(ROWS.filter((row) => row !== 'ports'))
  })

  test('takes rows in any order and measures them in ours', () => {
    expect(parseOptions(['--rows', 'memory,fresh,ports']).rows).toEqual([
      'fresh',
      'memory',
      'ports',
    ])
  })

  test('a quick look takes less time, and what is said beside it counts', () => {
    const { seconds, repeat } = parseOptions([])
    expect(parseOptions(['--quick']).seconds).toBeLessThan(seconds)
    expect(parseOptions(['--quick']).repeat).toBeLessThan(repeat)
    expect(parseOptions(['--quick', '--repeat', '5', '--seconds', '2.5'])).toMatchObject({
      seconds: 2.5,
      repeat: 5,
    })
  })

  test.each([
    [['--rows', 'fresh,fast'], 'fast'],
    [['--rows', ''], 'expected some of'],
    [['--seconds', '0'], '--seconds 0'],
    [['--seconds', 'soon'], '--seconds soon'],
    [['--repeat', '1.5'], '--repeat 1.5'],
    [['--fast'], '--fast'],
  ])('%j is refused, and told why', (argv, why) => {
    expect(() => parseOptions(argv)).toThrow(why)
  })
})
