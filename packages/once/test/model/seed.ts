/** `ONCEKIT_SEED`, or another one each time. */
export function seedOf({ ONCEKIT_SEED }: NodeJS.ProcessEnv): number {
  return ONCEKIT_SEED === undefined ? Date.now() % 2 ** 31 : Number(ONCEKIT_SEED)
}
