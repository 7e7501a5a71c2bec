import { describe, expect, test } from 'vitest'
import { Owner } from '@oncekit/core'

class Recorder extends Owner {
  readonly events: string[]
  readonly #before: () => Promise<void>

  constructor(
    events: string[],
    opened?: AsyncDisposableStack,
    before: () => Promise<void> = async () => {},
  ) {
    super(opened)
    this.events = events
    this.#before = before
  }

  get isClosed(): boolean {
    return this.closed
  }

  openLate(name: string): void {
    this.opened.defer(() => void this.events.push(name))
  }

  protected override async beforeClose(): Promise<void> {
    this.events.push(`before close, closed: ${this.closed}`)
    await this.#before()
  }
}

function stackOf(...disposals: (() => unknown)[]): AsyncDisposableStack {
  const opened = new AsyncDisposableStack()
  for (const dispose of disposals) opened.defer(async () => void (await dispose()))
  return opened
}

describe('Owner', () => {
  test('runs the hook, then closes what it owns, newest first', async () => {
    const events: string[] = []
    const owner = new Recorder(
      events,
      stackOf(
        () => events.push('first'),
        () => events.push('second'),
      ),
    )
    owner.openLate('third')
    await owner.close()
    expect(events).toEqual(['before close, closed: true', 'third', 'second', 'first'])
  })

  test('counts as closed from the first call on', async () => {
    const owner = new Recorder([])
    expect(owner.isClosed).toBe(false)
    const closing = owner.close()
    expect(owner.isClosed).toBe(true)
    await closing
  })

  test('a second close waits for the first and closes nothing twice', async () => {
    const events: string[] = []
    const gate = Promise.withResolvers<void>()
    const owner = new Recorder(
      events,
      stackOf(async () => {
        await gate.promise
        events.push('closed')
      }),
    )
    const first = owner.close().then(() => events.push('first'))
    const second = owner.close().then(() => events.push('second'))
    gate.resolve()
    await Promise.all([first, second])
    await owner.close()
    expect(events).toEqual(['before close, closed: true', 'closed', 'first', 'second'])
  })

  test('a close from within the hook starts no second closing', async () => {
    const events: string[] = []
    const owner: Recorder = new Recorder(events, stackOf(), async () => void owner.close())
    await owner.close()
    expect(events).toHaveLength(1)
  })

  test('closes what it owns even if the hook fails, and every call hears of it', async () => {
    const events: string[] = []
    const failing = async (): Promise<void> => {
      throw new Error('cannot drain')
    }
    const owner = new Recorder(
      events,
      stackOf(() => events.push('closed')),
      failing,
    )
    await expect(owner.close()).rejects.toThrow('cannot drain')
    await expect(owner.close()).rejects.toThrow('cannot drain')
    expect(events).toContain('closed')
  })

  test('reports a failing hook and a failing disposal together', async () => {
    const failing = async (): Promise<void> => {
      throw new Error('cannot drain')
    }
    const stack = stackOf(() => {
      throw new Error('cannot close')
    })
    const error = await new Recorder([], stack, failing).close().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SuppressedError)
    expect(error).toMatchObject({
      error: { message: 'cannot close' },
      suppressed: { message: 'cannot drain' },
    })
  })

  test('is closed at the end of an `await using` block', async () => {
    const events: string[] = []
    {
      await using owner = new Recorder(
        events,
        stackOf(() => events.push('closed')),
      )
      expect(owner.isClosed).toBe(false)
    }
    expect(events).toContain('closed')
  })
})
