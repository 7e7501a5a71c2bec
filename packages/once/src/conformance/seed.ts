/**
 * The seed of a random test: `ONCEKIT_SEED`, or another one each time.
 *
 * @throws RangeError when it is no whole number of 32 bits
 */
export function seedOf({ ONCEKIT_SEED }: Readonly<Record<string, string | undefined>>): number {
  // As in every other variable of ours: an empty one counts as unset.
  if (ONCEKIT_SEED === undefined || ONCEKIT_SEED === '') return Math.floor(Math.random() * MOST)
  const seed = Number(ONCEKIT_SEED)
  if (/^-?\d+$/.test(ONCEKIT_SEED) && seed >= LEAST && seed <= MOST) return seed
  throw new RangeError(
    `ONCEKIT_SEED: got ${JSON.stringify(ONCEKIT_SEED)}; expected a whole number from ${LEAST} to ${MOST}`,
  )
}

const LEAST = -(2 ** 31)
const MOST = 2 ** 31 - 1
