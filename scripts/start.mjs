import { runTask } from './setup/run-task.mjs'

await runTask('start', 'examples/payments/main.ts')
