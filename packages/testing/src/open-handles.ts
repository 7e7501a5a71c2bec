import { setTimeout } from 'node:timers/promises'

/** How many handles of each type keep this process alive. */
export type OpenHandles = ReadonlyMap<string, number>

/** The handles that stay open over a moment; those of a passing errand are left out. */
export async function steadyHandles(): Promise<OpenHandles> {
  let steady = openHandles()
  for (let sample = 0; sample < 5; sample++) {
    await setTimeout(10)
    const current = openHandles()
    steady = new Map(
      [...steady].map(([type, count]) => [type, Math.min(count, current.get(type) ?? 0)]),
    )
  }
  return steady
}

/** The types of handles open now beyond `before`, after giving them `patienceMs` to close. */
export async function leftOpen(before: OpenHandles, patienceMs = 1000): Promise<string[]> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const left = [...openHandles()]
      .filter(([type, count]) => count > (before.get(type) ?? 0))
      .map(([type]) => type)
    if (left.length === 0 || performance.now() > deadline) return left
    await setTimeout(10)
  }
}

function openHandles(): OpenHandles {
  const counts = new Map<string, number>()
  for (const type of process.getActiveResourcesInfo()) {
    counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  return counts
}
