import { COMMON_OPTIONS } from '../common-options.ts'
import type { CommandSpec } from '../arguments/spec.ts'

export const exec: CommandSpec = {
  name: 'exec',
  summary: 'run a command once per key, across processes and machines',
  usage: ['[options] KEY -- COMMAND [ARG…]'],
  options: [
    {
      name: 'ttl',
      value: 'TIME',
      help: 'how long the outcome is kept after the end (default: 24h)',
    },
    {
      name: 'wait',
      value: 'TIME',
      help: 'how long a duplicate waits for the run of another; 0: not at all (default: 5m)',
    },
    {
      name: 'lease',
      value: 'TIME',
      help: 'how long the key stays taken after its owner died; extended while the command runs (default: 30s)',
    },
    { name: 'keep-failures', help: 'a failure is an outcome too: keep and replay it' },
    { name: 'no-fingerprint', help: 'do not compare the command line with that of the first run' },
    ...COMMON_OPTIONS,
  ],
  sections: [
    {
      title: 'What happens',
      text:
        'The first caller of KEY runs COMMAND; its output streams through and is kept with its exit code. Every other caller, at the ' +
        'same time or within the ttl, on this or another host with the same store, runs nothing: it prints the same bytes on stdout ' +
        'and stderr in the order in which they arrived, and exits with the same code. Of output over 1 MiB the last 64 KiB are ' +
        'replayed, and stderr says so. The key belongs to the command line: the same key with another one is refused (65).',
    },
    {
      title: 'When the command fails',
      text:
        'A command that exits with another code than 0, or is ended by a signal, frees its key: the next caller runs it again. ' +
        'For duplicates that were waiting this means that they run it themselves, one after the other, until one succeeds. With ' +
        '--keep-failures they get the failure instead, until the ttl is over or the key is cleared; a command that was interrupted ' +
        'through once (Ctrl-C, SIGTERM) frees its key all the same.',
    },
    {
      title: 'When something dies',
      text:
        'The command runs in a process group of its own and never outlives its owner: should once exec die, even by kill -9, a ' +
        'guardian ends the whole group (TERM, then KILL after a quarter of the lease, at most 5 s), and another caller may run it ' +
        'when the lease is over. When the lease is lost, the group is ended likewise. SIGINT, SIGTERM and SIGHUP are handed to the ' +
        'group. What was done before the end stays done: give ONCE_DERIVED_KEY to a service that drops repeats, or ONCE_FENCE to ' +
        'one that refuses older writers.',
    },
    {
      title: 'The command gets',
      text: 'stdin of the first caller, and ONCE_KEY, ONCE_FENCE, ONCE_ATTEMPT and ONCE_DERIVED_KEY in its environment.',
    },
    {
      title: 'With --json',
      text:
        'stdout gets one object at the end: {"key", "replayed", "attempt", "leaseLost", "durability", "exitCode", "signal", ' +
        '"stdout", "stderr", "encoding": "utf8" | "base64", "totalBytes", "truncated"}.',
    },
  ],
  exitCodes: [
    ['n', 'that of the command, or 128 + number of the signal that ended it'],
    ['126', 'the command is no program that may be run'],
    ['127', 'there is no such command'],
  ],
  examples: [
    {
      line: 'once exec nightly-2026-11-21 -- ./backup.sh',
      says: 'once a night, on whichever host comes first',
    },
    {
      line: 'once exec --store redis://redis.internal migrate-42 -- npm run migrate',
      says: 'once in the fleet; the others wait and get the output',
    },
    {
      line: 'once exec --wait 0 report -- make report',
      says: 'exit 75 at once while another runs it',
    },
  ],
  load: async () => (await import('../exec/exec.ts')).runExec,
}
