/** One step into a value: a field, an index, or a role such as a Map's third key. */
export type Step = string | number | readonly [role: string, index: number]

/** The place in words a developer would write: `result.items[3].run`. */
export function placeOf(root: string, path: readonly Step[]): string {
  const place = root + path.map(stepText).join('')
  return place.length > LONGEST ? `${place.slice(0, HEAD)}…${place.slice(-TAIL)}` : place
}

const HEAD = 140
const TAIL = 59
const LONGEST = HEAD + 1 + TAIL

function stepText(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step !== 'string') return `<${step[0]} ${step[1]}>`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)
    ? `.${step}`
    : `[${JSON.stringify(step)}]`
}
