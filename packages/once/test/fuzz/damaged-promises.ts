import { randomUUID } from 'node:crypto'

import { isOncekitError } from '@oncekit/core'
import { Once } from '@oncekit/once'
import { effort } from '@oncekit/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { storageKey } from '../../src/key.ts'
import * as machine from '../../src/machine.ts'
import { claimRequest } from '../../src/conformance/requests.ts'
import { decodeRecord } from '../../src/record.ts'
import type { OnceRecord } from '../../src/record.ts'
import type { OnceStore } from '../../src/store.ts'
import { FLAG, readOld, STATES } from '../mixed-versions-record.ts'
import type { OldRecord } from '../mixed-versions-record.ts'
import { anySoundRecord } from './any-record.ts'
import { damaged, damages } from './damages.ts'
import { QUESTIONS, waiting } from './damaged-verbs.ts'

/** A store, and a way past it to the bytes that it keeps. */
export interface Ground extends AsyncDisposable {
  readonly store: OnceStore
  plant(records: readonly (readonly [key: string, bytes: Buffer])[]): Promise<void>
  bytesOf(key: string): Promise<Buffer | undefined>
  now(): machine.Now
  /** Forgets all records. */
  empty(): Promise<void>
}

/** What a store and the whole of `once` on it promise over records that somebody or something has damaged. */
export function damagedPromises(name: string, open: () => Promise<Ground>, numRuns: number): void {
  describe(`damaged records in ${name}`, () => {
    let ground: Ground
    beforeAll(async () => {
      ground = await open()
    })
    afterAll(() => ground[Symbol.asyncDispose]())

    test('that cannot be read are refused by every verb, stay as they are, and harm no neighbour', async () => {
      await fc.assert(
        fc.asyncProperty(several, async (all) => {
          await ground.empty()
          const bad = all.filter((bytes) => typeof readOld(bytes) === 'string')
          const prefix = randomUUID()
          const planted = bad.map((bytes, at) => [storageKey(prefix, `${at}`), bytes] as const)
          await ground.plant(planted)
          // All of one tick, so that they travel together.
          const asked = planted.flatMap(([key]) =>
            QUESTIONS.map(({ ask }) => endOf(ask(ground.store, key, TOKEN))),
          )
          const neighbours = QUESTIONS.filter(({ name: verb }) => verb.startsWith('claim')).map(
            ({ ask }, at) => endOf(ask(ground.store, storageKey(prefix, `good ${at}`), TOKEN)),
          )
          for (const end of await Promise.all(asked)) expect(end).toEqual(UNREADABLE)
          for (const end of await Promise.all(neighbours)) {
            expect(end).toMatchObject({ value: { status: 'claimed', attempt: 1 } })
          }
          for (const [key, bytes] of planted) expect(await ground.bytesOf(key)).toEqual(bytes)
        }),
        effort(numRuns),
      )
    })

    test('that can be read are answered by every verb as the state machine says', async () => {
      await fc.assert(
        fc.asyncProperty(several, fc.boolean(), async (all, owned) => {
          await ground.empty()
          const cases = all
            .filter((bytes) => typeof readOld(bytes) !== 'string')
            .flatMap((bytes, at) =>
              QUESTIONS.map((question) => ({ question, bytes, key: `${at} ${question.name}` })),
            )
          const prefix = randomUUID()
          await ground.plant(cases.map(({ key, bytes }) => [storageKey(prefix, key), bytes]))
          const answers = await Promise.all(
            cases.map(({ question, bytes, key }) =>
              endOf(question.ask(ground.store, storageKey(prefix, key), tokenOf(bytes, owned))),
            ),
          )
          for (const [at, { key, bytes, question }] of cases.entries()) {
            const answer = answers[at]
            const value = question.says(decodeRecord(bytes), ground.now(), tokenOf(bytes, owned))
            expect({ key, answer }).toEqual({ key, answer: { value } })
          }
        }),
        effort(numRuns),
      )
    })

    test('that can be read keep all they say but the flag when somebody waits for them', async () => {
      await fc.assert(
        fc.asyncProperty(several, async (all) => {
          await ground.empty()
          const prefix = randomUUID()
          const planted = all.map((bytes, at) => [storageKey(prefix, `${at}`), bytes] as const)
          await ground.plant(planted)
          await Promise.all(planted.map(([key]) => endOf(waiting.ask(ground.store, key, TOKEN))))
          for (const [key, bytes] of planted) {
            const read = readOld(bytes)
            if (typeof read === 'string' || STATES[read.state] !== 'executing') continue
            if (Number(read.at) <= ground.now().leaseMs) continue
            expect(readOld((await ground.bytesOf(key)) ?? NOTHING)).toEqual(withWaiters(read))
          }
        }),
        effort(numRuns),
      )
    })

    test('never run a callback that the record forbids, whatever is asked of them in public', async () => {
      const prefix = randomUUID().slice(0, 8)
      await using once = await Once.create(
        { ...Once.defaultConfig('test'), prefix, onDuplicate: 'reject' },
        { store: ground.store },
      )
      await fc.assert(
        fc.asyncProperty(several, async (all) => {
          await ground.empty()
          const cases = all.map((bytes, at) => {
            const key = `${randomUUID()} ${at}`
            return { key, stored: storageKey(prefix, key), bytes, ran: false }
          })
          await ground.plant(cases.map(({ stored, bytes }) => [stored, bytes]))
          await Promise.all(
            cases.map(async (each) => {
              const { key, bytes, stored } = each
              const readable = typeof readOld(bytes) !== 'string'
              const looks = [once.get(key), once.check(key), once.exists(key)].map(endOf)
              for (const end of await Promise.all(looks)) {
                if (!readable) expect(end).toEqual(UNREADABLE)
                else expect(end).not.toHaveProperty('thrown')
              }
              const ended = await endOf(
                once.execute(key, () => {
                  each.ran = true
                  return 'ran'
                }),
              )
              const record = readable ? decodeRecord(bytes) : undefined
              expect(each.ran).toBe(record !== undefined && maySomebodyRun(record, ground.now()))
              // Only a failure that was stored comes as whatever was thrown.
              if (record?.state !== 'failed') expect(ended).not.toHaveProperty('thrown')
              if (readable) return
              expect(ended).toEqual(UNREADABLE)
              expect(await endOf(once.clear(key))).toEqual(UNREADABLE)
              expect(await ground.bytesOf(stored)).toEqual(bytes)
            }),
          )
          const bad = cases.filter(({ bytes }) => typeof readOld(bytes) === 'string')
          for (const { key, bytes } of cases) {
            if (typeof readOld(bytes) !== 'string') await once.clear(key, { force: true })
          }
          // The unreadable hide nobody from those who look at many, and go only by force.
          for await (const view of once.list()) {
            expect(bad.some(({ key }) => key === view.key)).toBe(false)
          }
          await once.clearByPrefix('')
          for (const { key, bytes, stored } of bad) {
            expect(await ground.bytesOf(stored)).toEqual(bytes)
            expect(await once.clear(key, { force: true })).toBe(true)
            expect(await once.execute(key, () => 'mended')).toBe('mended')
          }
          for (const { key } of bad) await once.clear(key)
        }),
        effort(numRuns),
      )
    })
  })
}

const several = fc.array(
  fc
    .tuple(anySoundRecord, fc.oneof({ weight: 6, arbitrary: damages }, fc.constant([])))
    .map(([bytes, ways]) => damaged(bytes, ways)),
  { minLength: 6, maxLength: 16, size: 'max' },
)

const TOKEN = '77'.repeat(16)
const NOTHING = Buffer.alloc(0)
const UNREADABLE: End = { code: 'ONCE_RECORD_UNREADABLE' }

/** What stands in the place of a fingerprint that is none is not part of what a record says. */
function withWaiters(read: OldRecord): unknown {
  const said = read.flags & FLAG.fingerprint ? {} : { fingerprint: expect.any(String) as string }
  return { ...read, ...said, flags: read.flags | FLAG.waiters }
}

function tokenOf(bytes: Buffer, owned: boolean): string {
  return owned ? bytes.toString('hex', 24, 40) : TOKEN
}

function maySomebodyRun(record: OnceRecord, now: machine.Now): boolean {
  const { answer } = machine.claim(record, claimRequest('', { token: TOKEN }), now, 1)
  return answer.status === 'claimed'
}

/** How a call ended: with a value, with an error of this project, or with something else. */
type End = { readonly value: unknown } | { readonly code: string } | { readonly thrown: unknown }

async function endOf(call: Promise<unknown>): Promise<End> {
  try {
    return { value: await call }
  } catch (error) {
    return isOncekitError(error) ? { code: error.code } : { thrown: error }
  }
}
