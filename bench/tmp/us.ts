import { openSubject } from '../subjects/index.ts'
import { runSlice } from '../harness/slice.ts'
import { PerformanceObserver } from 'node:perf_hooks'
const [, , name = '', url = '', workName='fresh', callers='256'] = process.argv
const subject = await openSubject(name, { redisUrl: url, disk: '/tmp', memory: '/dev/shm' })
const work = await subject.begin(workName, Number(callers))
await runSlice(work, Number(callers), 2500)
let gc = 0
new PerformanceObserver((l) => { for (const e of l.getEntries()) gc += e.duration }).observe({ entryTypes: ['gc'] })
for (let i = 0; i < 4; i++) { const c = process.cpuUsage(); gc = 0; const f = await runSlice(work, Number(callers), 1000); const d = process.cpuUsage(c); await new Promise((r) => setTimeout(r, 10))
console.log(name.padEnd(12), f.perSecond.toFixed(0), 'user', (d.user / f.operations).toFixed(2), 'sys', (d.system / f.operations).toFixed(2), 'gc(main wall)', (gc * 1000 / f.operations).toFixed(2)) }
await subject[Symbol.asyncDispose]()
