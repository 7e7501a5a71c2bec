import { runTask } from './setup/run-task.mjs'

await runTask('model', 'scripts/tasks/model.ts')
