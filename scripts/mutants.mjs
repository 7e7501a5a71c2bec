import { runTask } from './setup/run-task.mjs'

await runTask('mutants', 'scripts/tasks/mutants.ts')
