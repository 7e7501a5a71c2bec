import { expect } from 'vitest'

import { started } from './started.ts'
import { UNHURRIED } from './fleet.ts'
import type { EnginePromise } from './fleet.ts'

export const clearing: readonly EnginePromise[] = [
  [
    'I16 refuses to clear what is executing, unless forced',
    async (fleet) => {
      const [owner, other] = await fleet.pair()
      const gate = Promise.withResolvers<string>()
      const first = await started(owner, 'key', () => gate.promise)
      await expect(other.clear('key')).rejects.toMatchObject({ code: 'ONCE_IN_PROGRESS' })
      expect([await other.exists('key'), await other.check('key')]).toEqual([true, false])
      expect(await other.get('key')).toMatchObject({ state: 'executing', attempt: 1 })
      gate.resolve('done')
      await first.call
      expect(await other.clear('key')).toBe(true)
      expect(await other.clear('key')).toBe(false)
      await expect(owner.execute('key', () => 'new')).resolves.toBe('new')
    },
  ],
  [
    'I17 clears by a prefix taken literally, and leaves what is executing',
    async (fleet) => {
      const [once, other] = await fleet.pair()
      const odd = ['%', '_', '*', '?', '[', '{', '\\', '🔑']
      for (const prefix of odd) await once.do(`${prefix}1`, () => undefined)
      for (const prefix of odd) {
        expect(await other.clearByPrefix(prefix)).toEqual({ cleared: 1, skippedExecuting: 0 })
      }
      await once.do('job:1', () => undefined)
      await once.do('jobs', () => undefined)
      const gate = Promise.withResolvers<string>()
      const first = await started(once, 'job:2', () => gate.promise)
      expect(await other.clearByPrefix('job:')).toEqual({ cleared: 1, skippedExecuting: 1 })
      expect(await other.check('jobs')).toBe(true)
      gate.resolve('done')
      await first.call
    },
  ],
  [
    'I17 clears hundreds of keys, all of them and no other',
    async (fleet) => {
      const [once, other] = await fleet.pair(UNHURRIED)
      const keys = Array.from({ length: 600 }, (_, index) => `bulk:${index}`)
      await Promise.all(keys.map((key) => once.do(key, () => undefined)))
      await once.do('kept', () => undefined)
      expect(await other.clearByPrefix('bulk:')).toEqual({ cleared: 600, skippedExecuting: 0 })
      const left: string[] = []
      for await (const { key } of other.list()) left.push(key)
      expect(left).toEqual(['kept'])
    },
  ],
  [
    'I25 keeps odd keys and prefixes apart',
    async (fleet) => {
      const prefixes = ['p', 'p:1', 'p}', '{p', 'P', 'p%']
      const providers = await Promise.all(
        prefixes.map((suffix) => fleet.provider({ prefix: `${fleet.prefix.slice(-40)}${suffix}` })),
      )
      const keys = [
        'a',
        'A',
        ':a',
        'a ',
        'a\u0000',
        'é',
        'e\u0301',
        '🔑',
        'x'.repeat(255),
        '__proto__',
      ]
      for (const [index, once] of providers.entries()) {
        for (const key of keys) {
          await expect(once.execute(key, () => `${index} ${key}`)).resolves.toBe(`${index} ${key}`)
        }
      }
      await providers[0]?.clearByPrefix('')
      for (const [index, once] of providers.entries()) expect(await once.check('a')).toBe(index > 0)
      for (const once of providers) await once.clearByPrefix('')
    },
  ],
]
