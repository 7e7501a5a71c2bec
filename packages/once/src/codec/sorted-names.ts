/** The own enumerable names of `value` by their UTF-16 code units. */
export function sortedNames(value: object): string[] {
  const names = Object.keys(value)
  return names.length > FEW ? names.toSorted() : insertionSorted(names)
}

/** For a handful of names the general sort costs more than the comparing. */
const FEW = 16

function insertionSorted(names: string[]): string[] {
  for (let at = 1; at < names.length; at++) {
    const name = names[at] ?? ''
    let gap = at
    for (; gap > 0; gap--) {
      const before = names[gap - 1] ?? ''
      if (before <= name) break
      names[gap] = before
    }
    if (gap < at) names[gap] = name
  }
  return names
}
