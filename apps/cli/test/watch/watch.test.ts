import { MemoryOnceStore, Once, OnceError } from '@oncekit/once'
import { afterEach, describe, expect, test } from 'vitest'

import { runCli } from '../../src/cli.ts'
import { memoryWorld } from '../memory-world.ts'
import type { MemoryWorld, MemoryWorldOptions } from '../memory-world.ts'

/** A service and a watch on the same store, which can be taken away. */
class Scene {
  readonly store = new MemoryOnceStore()
  readonly world: MemoryWorld
  readonly ended: Promise<number>
  readonly once: Promise<Once>
  readonly #scan = this.store.scan.bind(this.store)

  constructor(line: string, options: MemoryWorldOptions = {}) {
    this.once = this.#open()
    this.world = memoryWorld({
      env: { ONCE_STORE: 'redis://not-opened-in-this-test' },
      open: () => this.#open(),
      ...options,
    })
    this.ended = runCli(`watch --interval 100ms ${line}`.split(' ').filter(Boolean), this.world)
  }

  readonly out = (): string => this.world.out()

  scanFailsWith(error: Error | undefined): void {
    this.store.scan = async (request) => {
      if (error !== undefined) throw error
      return this.#scan(request)
    }
  }

  async end(): Promise<number> {
    this.world.send('SIGINT')
    return this.ended
  }

  #open(): Promise<Once> {
    return Once.create({ ...Once.defaultConfig('test'), store: 'memory:' }, { store: this.store })
  }
}

const scenes: Scene[] = []
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.end()
})
function watching(line = '', options?: MemoryWorldOptions): Scene {
  const scene = new Scene(line, options)
  scenes.push(scene)
  return scene
}
const soon = { timeout: 5000, interval: 20 }
const away = new OnceError('ONCE_STORE_UNAVAILABLE', 'nothing listens there')

describe('without a terminal', () => {
  test('a run is a line when it starts and one when it is done, and Ctrl-C ends with 0', async () => {
    const scene = watching()
    const once = await scene.once
    const { promise, resolve } = Promise.withResolvers<string>()
    const run = once.execute('order-1', () => promise)
    await expect
      .poll(scene.out, soon)
      .toMatch(
        /^\S+Z {2}(seen|started) +order-1 {2}attempt 1, fence \d+, service on .*, pid \d+\n$/,
      )
    resolve('done')
    await run
    await expect
      .poll(scene.out, soon)
      .toMatch(/\n\S+Z {2}succeeded +order-1 {2}attempt 1, fence \d+; after \d+ms\n$/)
    expect(await scene.end()).toBe(0)
    expect(scene.world.out()).not.toContain('\u001B')
    expect(scene.world.err()).toBe('')
    expect(scene.world.listeners()).toBe(0)
  })

  test('a failing run is released, and keys of other beginnings are left out', async () => {
    const scene = watching('order-')
    const once = await scene.once
    const { promise, reject } = Promise.withResolvers<never>()
    const run = once.execute('order-1', () => promise)
    await once.execute('mail-1', () => 1)
    await expect.poll(scene.out, soon).toMatch(/order-1/)
    reject(new Error('no money'))
    await expect(run).rejects.toThrow('no money')
    await expect.poll(scene.out, soon).toMatch(/ released +order-1 /)
    expect(scene.world.out()).not.toContain('mail-1')
  })

  test('with --all finished keys are seen as well, without a run that was noticed', async () => {
    const scene = watching('--all')
    await (await scene.once).execute('quick', () => 1)
    await expect.poll(scene.out, soon).toMatch(/ (seen|succeeded) +quick {2}attempt 1/)
  })

  test('with --json a change is an object, with what was before and without what is kept', async () => {
    const scene = watching('--json --all')
    const once = await scene.once
    const { promise, resolve } = Promise.withResolvers<string>()
    const run = once.execute('k', () => promise)
    await expect.poll(scene.out, soon).toMatch(/"k"/)
    resolve('secret')
    await run
    await expect.poll(scene.out, soon).toMatch(/"change":"succeeded"/)
    const last = scene.world.out().trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(last)).toEqual({
      at: '2026-11-21T12:00:00.000Z',
      change: 'succeeded',
      key: 'k',
      record: expect.objectContaining({ state: 'succeeded', attempt: 1, holder: null }),
      before: expect.objectContaining({ state: 'executing', attempt: 1, completedAt: null }),
    })
    expect(scene.world.out()).not.toContain('secret')
  })

  test('an outage is told once, and its end; what changed meanwhile is told then', async () => {
    const scene = watching('--all')
    const once = await scene.once
    await once.execute('before', () => 1)
    await expect.poll(scene.out, soon).toMatch(/before/)
    scene.scanFailsWith(away)
    await expect
      .poll(() => scene.world.err(), soon)
      .toMatch(/^once: the store is away, .*nothing listens there\n$/)
    await once.execute('meanwhile', () => 1)
    scene.scanFailsWith(undefined)
    await expect.poll(scene.out, soon).toMatch(/ succeeded +meanwhile /)
    expect(scene.world.err()).toMatch(/^once: the store is away.*\nonce: the store is back\n$/)
    expect(await scene.end()).toBe(0)
  })

  test('an outage is two objects for machines', async () => {
    const scene = watching('--json')
    scene.scanFailsWith(away)
    await expect
      .poll(scene.out, soon)
      .toMatch(/"change":"store away","message":"nothing listens there"/)
    scene.scanFailsWith(undefined)
    await expect.poll(scene.out, soon).toMatch(/"change":"store back"/)
    expect(scene.world.err()).toBe('')
  })

  test('Ctrl-C is heeded while the store does not answer', async () => {
    const scene = watching()
    const { promise, resolve } = Promise.withResolvers<never>()
    let asked = false
    scene.store.scan = () => {
      asked = true
      return promise
    }
    await expect.poll(() => asked, soon).toBe(true)
    expect(await scene.end()).toBe(0)
    resolve(undefined as never)
  })

  test('anything else that fails ends it', async () => {
    const scene = watching()
    scene.scanFailsWith(new TypeError('a defect'))
    expect(await scene.ended).toBe(70)
    expect(scene.world.err()).toContain('a defect')
  })

  test('of more than 1000 keys a part is looked at, and that is said once', async () => {
    const scene = watching('--all')
    const once = await scene.once
    await Promise.all(Array.from({ length: 1100 }, (_, index) => once.do(`k${index}`, () => 1)))
    await expect
      .poll(() => scene.world.err(), soon)
      .toBe('once: there are more keys than are looked at (1000, or 2s): narrow it with a PREFIX\n')
    await once.clearByPrefix('k1')
    await expect
      .poll(() => scene.world.err(), soon)
      .toMatch(/\nonce: all keys are looked at again\n$/)
  })
})

describe('on a terminal', () => {
  test('a table is drawn over and over on a second screen, which is left in the end', async () => {
    const scene = watching('', { isTerminal: true })
    const once = await scene.once
    const { promise, resolve } = Promise.withResolvers<void>()
    const run = once.execute('order-1', () => promise)
    await expect.poll(scene.out, soon).toMatch(/order-1 .*executing/)
    resolve()
    await run
    await expect.poll(scene.out, soon).toMatch(/order-1 .*succeeded.* 1 /)
    expect(await scene.end()).toBe(0)
    expect(scene.world.out().startsWith('\u001B[?1049h\u001B[?25l')).toBe(true)
    expect(scene.world.out().endsWith('\u001B[?25h\u001B[?1049l')).toBe(true)
  })

  test('an outage stands above the table while it lasts', async () => {
    const scene = watching('', { isTerminal: true })
    await expect.poll(scene.out, soon).toMatch(/nothing runs/)
    scene.scanFailsWith(away)
    await expect
      .poll(scene.out, soon)
      .toMatch(/the store is away, what is shown is old; trying again: nothing listens/)
    scene.scanFailsWith(undefined)
    await expect
      .poll(scene.out, soon)
      .toMatch(/away(?:(?!away).)*nothing runs(?:(?!away).)*nothing runs(?:(?!away).)*$/s)
  })

  test('that is dumb, lines are written', async () => {
    const env = { ONCE_STORE: 'redis://x', TERM: 'dumb' }
    const scene = watching('--all', { isTerminal: true, env })
    await (await scene.once).execute('k', () => 1)
    await expect.poll(scene.out, soon).toMatch(/Z {2}\w+ +k {2}attempt 1/)
    expect(scene.world.out()).not.toContain('\u001B')
  })
})

test.each([
  ['--interval 5ms', /--interval: got "5ms"; .*100/],
  ['--interval 2', /--interval: got "2"/],
  ['a b', /watch takes one prefix, got 2/],
  ['--al', /unknown option --al; did you mean --all\?/],
])('once watch %s is refused with 64', async (line, told) => {
  const world = memoryWorld()
  expect(await runCli(['watch', ...line.split(' ')], world)).toBe(64)
  expect(world.err()).toMatch(told)
})

test('once watch of a store that cannot be opened ends as every command does', async () => {
  const world = memoryWorld({
    env: { ONCE_STORE: 'redis://x' },
    open: () => Promise.reject(away),
  })
  expect(await runCli(['watch'], world)).toBe(69)
  expect(world.err()).toMatch(/^once: nothing listens there; .*\n$/)
  expect(world.listeners()).toBe(0)
})
