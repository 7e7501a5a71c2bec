import type { CommandSpec } from '../arguments/spec.ts'
import { COMMON_OPTIONS } from '../common-options.ts'

export const ls: CommandSpec = {
  name: 'ls',
  summary: 'list keys',
  usage: ['[options] [PREFIX]'],
  options: [
    { name: 'prefix', value: 'PREFIX', help: 'only keys that begin so; the same as the argument' },
    {
      name: 'state',
      value: 'STATE',
      help: 'only executing, succeeded, failed, indeterminate, exhausted or tombstone; several with commas, or given again',
    },
    ...COMMON_OPTIONS,
  ],
  sections: [
    {
      title: 'Order',
      text: 'There is none: records are shown as the store gives them, a page at a time. Pipe it to sort, or --json to jq.',
    },
    { title: 'With --json', text: 'one object a line, as once get --json prints it.' },
  ],
  exitCodes: [],
  examples: [
    { line: 'once ls nightly-', says: 'every key that begins with nightly-' },
    { line: 'once ls --state executing --json', says: 'what runs now, for a script' },
  ],
  load: async () => (await import('../records/ls.ts')).runLs,
}
