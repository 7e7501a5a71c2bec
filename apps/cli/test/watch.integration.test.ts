import { describe, expect, inject, test } from 'vitest'

import { openPlace } from './place.ts'
import type { Place } from './place.ts'

/** What a watch wrote so far. */
function watching(place: Place, args: readonly string[] = []): () => string {
  const { child } = place.start(['watch', '--interval', '100ms', ...args])
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return () => text
}

const lasting = [
  'exec',
  '--lease',
  '1s',
  'k',
  '--',
  'sh',
  '-c',
  'while [ ! -e "$DIR/go" ]; do sleep 0.05; done',
]

describe.for(['sqlite', 'redis'])('once watch on %s', (kind) => {
  const place = (): Promise<Place> =>
    openPlace(
      kind === 'redis'
        ? { ONCE_STORE: inject('redisUrl'), ONCE_NAMESPACE: `watch-${process.pid}-${Date.now()}` }
        : {},
    )

  test('shows a takeover: the owner is killed by -9, its lease runs out, another goes on', async () => {
    await using here = await place()
    const seen = watching(here)
    const owner = here.start(lasting)
    await expect
      .poll(seen, { timeout: 10_000 })
      .toMatch(
        new RegExp(
          `(seen|started) +k {2}attempt 1, fence \\d+, once exec on .*, pid ${owner.pid}\\n`,
        ),
      )
    owner.child.kill('SIGKILL')
    await expect
      .poll(seen, { timeout: 10_000 })
      .toMatch(/ lease over +k .*it died or hangs, the next caller runs\n/)
    const heir = here.start(lasting)
    await expect
      .poll(seen, { timeout: 10_000 })
      .toMatch(
        new RegExp(
          `taken over +k {2}attempt 2, fence \\d+, once exec on .*, pid ${heir.pid}; before: once exec on .*, pid ${owner.pid}\\n`,
        ),
      )
    await here.run(['exec', 'other', '--', 'touch', here.file('go')])
    expect((await heir.ended).code).toBe(0)
    await expect.poll(seen, { timeout: 10_000 }).toMatch(/ succeeded +k {2}attempt 2, .*; after /)
  })

  test('ends with 0 on Ctrl-C', async () => {
    await using here = await place()
    const { child, ended } = here.start(['watch', '--json'])
    const owner = here.start(lasting)
    const line = await new Promise((resolve) => child.stdout?.once('data', resolve))
    expect(JSON.parse(String(line))).toMatchObject({ key: 'k', before: null })
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 0, signal: null })
    owner.child.kill('SIGTERM')
    await owner.ended
  })
})

test('once watch ends at the next change when nobody reads it any more', async () => {
  await using place = await openPlace()
  const { child, ended } = place.start(['watch', '--all', '--interval', '100ms'])
  const line = new Promise((resolve) => child.stdout?.once('data', resolve))
  await place.sh('first', 'true')
  expect(String(await line)).toContain(' first ')
  child.stdout?.destroy()
  await place.sh('second', 'true')
  expect(await ended).toMatchObject({ code: 0, signal: null })
})
