import { expect, test } from 'vitest'

import { isKept, shortRound } from './short-round.ts'

// The round has its server from startRedis().
test('every promise is kept while Redis, the way to it and the processes are harmed', async () => {
  expect(await shortRound('redis')).toSatisfy(isKept)
}, 120_000)
