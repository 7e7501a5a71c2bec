import type { Mutant } from '../mutant.ts'

const file = 'stores/memory.ts'
const named = (part: string) =>
  ({ project: 'unit', files: ['stores/memory.test.ts'], named: part }) as const
/** The conformance suite by a clock that no busy machine moves on. */
const memory = named('its time injected')

/** The store in this process, by which the others are measured. */
export const MEMORY_MUTANTS: readonly Mutant[] = [
  {
    name: 'memory-expiry',
    guards: 'I15',
    guard: 'what has expired is gone',
    harm: 'an outcome is replayed after its ttl',
    file,
    find: 'if (entry === undefined || entry.expiresAtMs > nowMs) return entry',
    replace: 'if (entry === undefined || entry.expiresAtMs > 0) return entry',
    caughtBy: memory,
  },
  {
    name: 'memory-bound-entries',
    guards: 'I26',
    guard: 'the number of records is bounded',
    harm: 'the process runs out of memory',
    file,
    find: 'this.#entries.size < this.#maxEntries && this.#bytes + bytes <= this.#maxBytes',
    replace: 'this.#bytes + bytes <= this.#maxBytes',
    caughtBy: named('a full memory store'),
  },
  {
    name: 'memory-bound-bytes',
    guards: 'I26',
    guard: 'their bytes are bounded',
    harm: 'the process runs out of memory',
    file,
    find: 'this.#entries.size < this.#maxEntries && this.#bytes + bytes <= this.#maxBytes',
    replace: 'this.#entries.size < this.#maxEntries',
    caughtBy: named('a full memory store'),
  },
  {
    name: 'memory-keeps-live',
    guards: 'I26',
    guard: 'a live record is not dropped to make room',
    harm: 'an outcome is forgotten without a word, and the operation runs again',
    file,
    find: 'if (entry.expiresAtMs <= nowMs) this.#drop(key, entry)\n      else next',
    replace: 'if (entry.expiresAtMs < Infinity) this.#drop(key, entry)\n      else next',
    caughtBy: named('a full memory store'),
  },
  {
    name: 'memory-known-run',
    guards: 'I3',
    guard: 'a run that is known by its token counts while its record is the key’s',
    harm: 'an outcome is written to a record that was removed: the owner is told "committed", and nobody sees it',
    file,
    find: '    entry.expiresAtMs = -Infinity\n',
    replace: '',
    caughtBy: memory,
  },
  {
    name: 'memory-known-key',
    guards: 'I3',
    guard: 'a run that is known by its token counts for its own key only',
    harm: 'an outcome is written to another key',
    file,
    find: 'run?.key === request.key ? run.entry : undefined',
    replace: 'run?.entry',
    caughtBy: named('the token of a run'),
  },
  {
    name: 'memory-fence',
    guards: 'I3',
    guard: 'the last fence is remembered',
    harm: 'two generations share a fence when the clock stands still or goes back',
    file,
    find: 'this.#lastFence = fence\n',
    replace: 'this.#lastFence = 0\n',
    caughtBy: memory,
  },
  {
    name: 'memory-scan',
    guards: 'I17',
    guard: 'a scan gives what begins with its prefix alone',
    harm: 'clearing by prefix clears all keys',
    file,
    find: '|| !parts.suffix.startsWith(request.suffixPrefix)) continue',
    replace: ') continue',
    caughtBy: memory,
  },
]
