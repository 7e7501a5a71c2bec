import { runTask } from './setup/run-task.mjs'

await runTask('bench', 'bench/main.ts')
