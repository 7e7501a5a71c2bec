import { expect } from 'vitest'

import { storageKey } from '../key.ts'
import type { OnceStore } from '../store.ts'
import {
  claimed,
  claimRequest,
  commitRequest,
  declareEffect,
  LONG_MS,
  releaseRequest,
  SHORT_MS,
  succeeded,
} from './requests.ts'
import { pages, scanAll } from './scan-all.ts'
import type { Promises } from './trial.ts'

export const scanPromises: Promises = (promise) => {
  promise('of nothing ends at once or after empty pages', async (trial) => {
    expect(await scanAll(trial.store, { prefix: trial.prefix, suffixPrefix: ':' })).toEqual([])
  })

  promise(
    'pages through 1,000 keys and meets each one',
    async (trial) => {
      const keys = Array.from({ length: 1000 }, (_, number) => trial.key(`key-${number}`))
      await mark(trial.store, keys)
      const request = { prefix: trial.prefix, suffixPrefix: ':', limit: 50 }
      const met = (await scanAll(trial.store, request)).map(({ key }) => key)
      expect(new Set(met)).toEqual(new Set(keys))
    },
    { timeoutMs: 60_000 },
  )

  promise(
    'meets the keys that were there throughout, whatever comes and goes meanwhile',
    async (trial) => {
      const { store } = trial
      const staying = Array.from({ length: 200 }, (_, number) => trial.key(`staying-${number}`))
      const going = Array.from({ length: 100 }, (_, number) => trial.key(`going-${number}`))
      await mark(store, [...staying, ...going])
      const met = new Set<string>()
      let page = 0
      for await (const { entries } of pages(store, {
        prefix: trial.prefix,
        suffixPrefix: ':',
        limit: 20,
      })) {
        for (const { key } of entries) met.add(key)
        const gone = going.pop()
        if (gone !== undefined) await store.remove(gone)
        if (page++ < 50) await mark(store, [trial.key(`coming-${page}`)])
      }
      expect(staying.filter((key) => !met.has(key))).toEqual([])
    },
    { timeoutMs: 60_000 },
  )

  promise('with the beginning of a key meets those keys only, read literally', async (trial) => {
    const { store } = trial
    const names = [
      'order:1',
      'order:2',
      'orders',
      'Order:3',
      'order*',
      'order:[1]',
      'o',
      '*',
      'order_1',
    ]
    await mark(
      store,
      names.map((name) => trial.key(name)),
    )
    await mark(store, [trial.key('order:1', 'scope')])
    const begins = async (suffixPrefix: string): Promise<readonly string[]> =>
      (await scanAll(store, { prefix: trial.prefix, suffixPrefix }))
        .map(({ key }) => key)
        .toSorted()
    const those = (...some: string[]): readonly string[] =>
      some.map((name) => trial.key(name)).toSorted()

    expect(await begins(':')).toEqual(those(...names))
    expect(await begins(':order:')).toEqual(those('order:1', 'order:2', 'order:[1]'))
    expect(await begins(':order:[1]')).toEqual(those('order:[1]'))
    expect(await begins(':order*')).toEqual(those('order*'))
    expect(await begins(':*')).toEqual(those('*'))
    expect(await begins(':order_')).toEqual(those('order_1'))
    expect(await begins(':order:1')).toEqual(those('order:1'))
    expect(await begins(':nothing')).toEqual([])
    expect(await begins('@scope:')).toEqual([trial.key('order:1', 'scope')])
    expect(await begins('@sco')).toEqual([trial.key('order:1', 'scope')])
  })

  promise('keeps to its prefix', async (trial) => {
    const { store } = trial
    const longer = `${trial.prefix}B`
    await mark(store, [
      trial.key(),
      storageKey(longer, 'key'),
      storageKey(trial.prefix.slice(0, -1), 'key'),
    ])
    const met = await scanAll(store, { prefix: trial.prefix, suffixPrefix: ':' })
    expect(met.map(({ key }) => key)).toEqual([trial.key()])
  })

  promise('with states meets the keys in those states only', async (trial) => {
    const { store } = trial
    const keep = { ttlMs: LONG_MS, meta: '' }
    await claimed(store, trial.key('executing'))
    await claimed(store, trial.key('succeeded'), { outcome: succeeded('1') })
    await claimed(store, trial.key('failed'), { outcome: { state: 'failed', codec: 1, body: '1' } })
    const effect = await claimed(store, trial.key('indeterminate'))
    await store.extend(declareEffect(effect, SHORT_MS))
    await trial.pass(SHORT_MS)
    await store.claim(claimRequest(effect.key))
    await store.release(releaseRequest(await claimed(store, trial.key('released')), keep))
    await store.release(releaseRequest(await claimed(store, trial.key('exhausted')), keep))
    await store.claim(claimRequest(trial.key('exhausted'), { attemptLimit: 1 }))

    const all = [
      'executing',
      'succeeded',
      'failed',
      'indeterminate',
      'released',
      'exhausted',
    ] as const
    const request = { prefix: trial.prefix, suffixPrefix: ':' }
    expect(await scanAll(store, request)).toHaveLength(all.length)
    for (const state of all) {
      const met = await scanAll(store, { ...request, states: [state] })
      expect(met.map((entry) => [entry.key, entry.record.state])).toEqual([
        [trial.key(state), state],
      ])
    }
    const two = await scanAll(store, { ...request, states: ['failed', 'executing'] })
    expect(two.map((entry) => entry.record.state).toSorted()).toEqual(['executing', 'failed'])
  })

  promise('tells of each key what read tells', async (trial) => {
    const { store } = trial
    const owner = await claimed(store, trial.key('running'), { holder: '{"pid":1}' })
    const done = await claimed(store, trial.key('done'))
    await store.commit(commitRequest(done, { outcome: succeeded('"value"') }))
    for (const entry of await scanAll(store, { prefix: trial.prefix, suffixPrefix: ':' })) {
      const stored = await store.read(entry.key)
      expect(entry.record).toEqual(stored?.record)
      trial.expectLeft(entry.expiresInMs, entry.key === owner.key ? 2 * LONG_MS : LONG_MS)
      trial.expectLeft(entry.leaseLeftMs, entry.key === owner.key ? LONG_MS : 0)
    }
  })
}

async function mark(store: OnceStore, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => claimed(store, key, { outcome: succeeded('1') })))
}
