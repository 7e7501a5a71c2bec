import { runTask } from './setup/run-task.mjs'

await runTask('test', 'scripts/tasks/test.ts')
