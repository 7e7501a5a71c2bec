import { expect, test } from 'vitest'

import { isKept, shortRound } from './short-round.ts'

test('every promise is kept while a SQLite file and its processes are harmed', async () => {
  expect(await shortRound('sqlite')).toSatisfy(isKept)
}, 120_000)
