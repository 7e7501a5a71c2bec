import fc from 'fast-check'

/** What may happen to bytes that were stored. */
export type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly to: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'extend'; readonly by: Uint8Array }

/** Mostly in the header, where every byte has a meaning. */
const place = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 23 }) },
  fc.nat({ max: 56 }),
  fc.nat({ max: 400 }),
)

const oneDamage: fc.Arbitrary<Damage> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('flip' as const),
      at: place,
      bit: fc.nat({ max: 7 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      at: place,
      to: fc.nat({ max: 255 }),
    }),
  },
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('drop' as const), at: place }),
  fc.record({
    kind: fc.constant('extend' as const),
    by: fc.uint8Array({ minLength: 1, maxLength: 80 }),
  }),
)

export const damages: fc.Arbitrary<readonly Damage[]> = fc.array(oneDamage, {
  minLength: 1,
  maxLength: 3,
})

export function damaged(bytes: Buffer, ways: readonly Damage[]): Buffer {
  return ways.reduce(after, Buffer.from(bytes))
}

function after(bytes: Buffer, damage: Damage): Buffer {
  const copy = Buffer.from(bytes)
  if (damage.kind === 'extend') return Buffer.concat([copy, damage.by])
  if (bytes.length === 0) return copy
  const at = damage.at % bytes.length
  switch (damage.kind) {
    case 'flip':
      copy[at] = (copy[at] ?? 0) ^ (1 << damage.bit)
      return copy
    case 'set':
      copy[at] = damage.to
      return copy
    case 'cut':
      return copy.subarray(0, at)
    case 'drop':
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1)])
    default:
      return damage satisfies never
  }
}
