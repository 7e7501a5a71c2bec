import { runTask } from './setup/run-task.mjs'

await runTask('faults', 'scripts/tasks/faults.ts')
