import { join } from 'node:path'
import { NamedPoints, SubjectProcess } from '@oncekit/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PointedOrder } from './pointed-process.ts'

const script = join(import.meta.dirname, 'pointed-process.ts')
let lines: string[]
let open: SubjectProcess[]

beforeEach(() => {
  lines = []
  open = []
})

afterEach(() => Promise.all(open.map((each) => each.kill())))

const start = async (): Promise<SubjectProcess> => {
  const subject = new SubjectProcess({
    ...{ name: 'w1', script, setup: { greeting: 'here' } },
    onLine: (line) => lines.push(line),
    onMessage: () => undefined,
    onExit: () => lines.push('gone'),
  })
  open.push(subject)
  await expect.poll(() => lines, { timeout: 10_000 }).toContain('"here"')
  return subject
}

test('what a process wrote before it died at a point is heard before its death', async () => {
  const subject = await start()
  subject.send({ arm: 'kill' } satisfies PointedOrder)
  await subject.gone
  expect(lines.slice(-2)).toEqual(['"kill at turn"', 'gone'])
  expect(subject.isRunning).toBe(false)
  expect(subject.hasClosed).toBe(false)
  expect(subject.crash).toBeUndefined()
})

test('a process that fails is told from one that was killed', async () => {
  const subject = await start()
  subject.send({ fail: true } satisfies PointedOrder)
  await subject.gone
  expect(subject.crash).toBe('ended with exit code 3')
})

test('a process that stopped at a point goes on when it is continued', async () => {
  const subject = await start()
  subject.send({ arm: 'stop' } satisfies PointedOrder)
  await expect.poll(() => lines).toContain('"stop at turn"')
  subject.stopsItself()
  expect(subject.isReady).toBe(false)
  subject.send({ say: 'again' } satisfies PointedOrder)
  subject.resume()
  await expect
    .poll(() => {
      subject.resume()
      return lines
    })
    .toContain('"again"')
})

test('a process that ends by itself has closed; one that does not is killed', async () => {
  const obedient = await start()
  obedient.send({ end: true } satisfies PointedOrder)
  expect(await obedient.ended(5000)).toBe(true)
  expect(obedient.hasClosed).toBe(true)
  lines = []
  const deaf = await start()
  expect(await deaf.ended(50)).toBe(false)
  expect(deaf.isRunning).toBe(false)
})

test('a point that is not armed does nothing', () => {
  const announced: string[] = []
  const points = new NamedPoints<'a' | 'b'>((point) => announced.push(point))
  points.arm('b', 'kill')
  points.reach('a')
  points.disarm()
  points.reach('b')
  expect(announced).toEqual([])
})
