import { expect } from 'vitest'

import { storageKey } from '../key.ts'
import { claimed, claimRequest, commitRequest, succeeded } from './requests.ts'
import { scanAll } from './scan-all.ts'
import type { Promises } from './trial.ts'

export const keyPromises: Promises = (promise) => {
  promise('may hold any character and be 255 units long', async (trial) => {
    const { store } = trial
    for (const name of AWKWARD) {
      const owner = await claimed(store, trial.key(name))
      expect(await store.claim(claimRequest(owner.key))).toMatchObject({ status: 'executing' })
      expect(
        await store.commit(commitRequest(owner, { outcome: succeeded(JSON.stringify(name)) })),
      ).toBe('committed')
    }
    for (const name of AWKWARD) {
      const stored = await store.read(trial.key(name))
      expect(String(stored?.record.body)).toBe(JSON.stringify(name))
    }
    const names = new Set(
      (await scanAll(store, { prefix: trial.prefix, suffixPrefix: ':' })).map(({ key }) => key),
    )
    expect(names).toEqual(new Set(AWKWARD.map((name) => trial.key(name))))
    for (const name of AWKWARD) {
      expect(await store.remove(trial.key(name), 'idle')).toBe('removed')
      expect(await store.read(trial.key(name))).toBeUndefined()
    }
  })

  promise(
    'that differs by case, accent form, space or number form is another key',
    async (trial) => {
      const names = [
        'key',
        'KEY',
        'key ',
        ' key',
        '\u00e9',
        'e\u0301',
        '1',
        '1.0',
        '01',
        'key\u0000',
      ]
      for (const name of names) {
        expect(await claimed(trial.store, trial.key(name))).toMatchObject({ attempt: 1 })
      }
    },
  )

  promise('of one scope is not the same key of another, or of none', async (trial) => {
    const { store } = trial
    const keys = [
      trial.key('key'),
      trial.key('key', 'a'),
      trial.key('key', 'b'),
      trial.key('a:key'),
      trial.key('@a:key'),
      trial.key('b:key', 'a'),
      trial.key('key', 'a:b'),
      trial.key('key', ''),
    ]
    for (const key of keys) await claimed(store, key, { outcome: succeeded(JSON.stringify(key)) })
    for (const key of keys) {
      expect(String((await store.read(key))?.record.body)).toBe(JSON.stringify(key))
    }
    const ofScopeA = await scanAll(store, { prefix: trial.prefix, suffixPrefix: '@a:' })
    expect(new Set(ofScopeA.map(({ key }) => key))).toEqual(
      new Set([trial.key('key', 'a'), trial.key('b:key', 'a')]),
    )
  })

  promise('of one prefix is never met under another', async (trial) => {
    const { store } = trial
    const prefixes = ['', 'B', '*', '?', ':', '{x}', '}', '{', '%', '[a]', '\\', '🧪', '_'].map(
      (ending) => `${trial.prefix}${ending}`,
    )
    for (const prefix of prefixes) {
      await claimed(store, storageKey(prefix, 'key'), {
        outcome: succeeded(JSON.stringify(prefix)),
      })
    }
    for (const prefix of prefixes) {
      expect(String((await store.read(storageKey(prefix, 'key')))?.record.body)).toBe(
        JSON.stringify(prefix),
      )
      const entries = await scanAll(store, { prefix, suffixPrefix: ':' })
      expect(entries.map(({ key }) => key)).toEqual([storageKey(prefix, 'key')])
    }
    await store.remove(storageKey(trial.prefix, 'key'))
    for (const prefix of prefixes.slice(1)) {
      expect(await store.read(storageKey(prefix, 'key'))).toBeDefined()
    }
  })
}

const AWKWARD: readonly string[] = [
  '{',
  '}',
  '{}',
  '{other:000}:key',
  ':',
  '::',
  '@',
  '@scope:key',
  '*',
  '?',
  '[a-z]',
  '[^a]',
  '\\',
  '\\*',
  '^$.|()+',
  '-',
  '%',
  '%25',
  '%_',
  '"',
  "'",
  "'; DROP TABLE records; --",
  '`${key}`',
  '\n',
  '\r\n',
  '\t',
  ' ',
  '\u0000',
  'a\u0000b',
  '🧪',
  '日本語',
  '\uFEFF',
  '\u202E',
  '../../etc/passwd',
  'x'.repeat(255),
  '日'.repeat(255),
  '🧪'.repeat(127),
  '*'.repeat(255),
  '__proto__',
  'constructor',
]
