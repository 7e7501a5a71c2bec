import { readFileSync } from 'node:fs'

import { z } from 'zod'

import { STATE_CODES } from '../src/record.ts'
import type { RecordState } from '../src/record.ts'

const uint = z.int().min(0)
const states: readonly string[] = Object.keys(STATE_CODES)

const vectorsSchema = z.strictObject({
  protocol: z.literal(1),
  about: z.string(),
  keys: z.array(
    z.strictObject({
      prefix: z.string(),
      key: z.string(),
      scope: z.string().optional(),
      bucket: uint,
      storageKey: z.string(),
    }),
  ),
  fences: z.array(z.strictObject({ last: uint, storeTimeUs: uint, fence: uint })),
  records: z.array(
    z.strictObject({
      name: z.string(),
      record: z.strictObject({
        state: z.custom<RecordState>(
          (state) => typeof state === 'string' && states.includes(state),
        ),
        attempt: uint,
        fence: uint,
        token: z.string(),
        fingerprint: z.string(),
        effect: z.boolean(),
        waiters: z.boolean(),
        atMs: uint,
        meta: z.string(),
        codec: uint,
        body: z.union([z.strictObject({ text: z.string() }), z.strictObject({ hex: z.string() })]),
      }),
      hex: z.string(),
    }),
  ),
  unreadable: z.array(z.strictObject({ why: z.string(), hex: z.string() })),
})

/** `docs/protocol-vectors.json`, made without this package's code: what a client in any language has to agree with. */
export const vectors: z.infer<typeof vectorsSchema> = vectorsSchema.parse(
  JSON.parse(readFileSync(new URL('../../../docs/protocol-vectors.json', import.meta.url), 'utf8')),
)
