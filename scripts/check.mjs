import { runTask } from './setup/run-task.mjs'

await runTask('check', 'scripts/tasks/check.ts')
