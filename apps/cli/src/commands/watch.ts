import type { CommandSpec } from '../arguments/spec.ts'
import { COMMON_OPTIONS } from '../common-options.ts'

export const watch: CommandSpec = {
  name: 'watch',
  summary: 'follow live who runs what',
  usage: ['[options] [PREFIX]'],
  options: [
    { name: 'prefix', value: 'PREFIX', help: 'only keys that begin so; the same as the argument' },
    { name: 'interval', value: 'TIME', help: 'how often to look, 100ms to 1m (default: 500ms)' },
    { name: 'all', help: 'also keys that are done; else what runs, and what waits for a decision' },
    ...COMMON_OPTIONS,
  ],
  sections: [
    {
      title: 'On a terminal',
      text:
        'a table, what changed last at the top, cut to the height of the window: who holds each key, for how long, in which ' +
        'attempt, and what is left of its lease. What happened to a key stands beside it for five seconds; keys that ended stay ' +
        'as long, with --all for good.',
    },
    {
      title: 'Otherwise',
      text:
        'one line for each change: seen (when the watch began), started, taken over (the lease of the owner was over, another ' +
        'runs), lease over (the owner died or hangs; nobody runs yet), extended late, succeeded, failed, indeterminate, ' +
        'exhausted, tombstone, released (it failed or was cleared), forgotten (it expired or was cleared).',
    },
    {
      title: 'What it misses',
      text:
        'It looks at the store again and again: a run shorter than the interval may pass unseen, and is seen with --all when ' +
        'it is done. Of more than 1000 keys, or when looking takes longer than 2s, it shows a part and says so: narrow it ' +
        'with a PREFIX. While the store is away it says that and goes on.',
    },
    {
      title: 'With --json',
      text:
        'one object a line: {"at", "change", "key", "record": {"state", "attempt", "fence", "leaseLeftMs", "ttlMs", "holder", ' +
        '"completedAt"} or null, "before": the same or null}. An outage is {"at", "change": "store away", "message"}, its end ' +
        '{"at", "change": "store back"}; a part is {"at", "change": "only a part"}, and {"at", "change": "all again"}.',
    },
  ],
  exitCodes: [],
  examples: [
    { line: 'once watch nightly-', says: 'who runs what now, until Ctrl-C' },
    {
      line: 'once watch --json --store redis://redis.internal --namespace payments',
      says: 'every change of a service as a line, for a script',
    },
  ],
  load: async () => (await import('../watch/watch.ts')).runWatch,
}
