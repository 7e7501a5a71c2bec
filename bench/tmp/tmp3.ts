import { openSubject } from '../subjects/index.ts'
import { runSlice } from '../harness/slice.ts'
const [, , name = '', url = '', workName='fresh', callers='256', secs='5'] = process.argv
const subject = await openSubject(name, { redisUrl: url, disk: '/tmp', memory: '/dev/shm' })
const work = await subject.begin(workName, Number(callers))
await runSlice(work, Number(callers), 2500)
const out = []
for (let i = 0; i < Number(secs); i++) { const f = await runSlice(work, Number(callers), 1000); out.push(`${f.perSecond.toFixed(0)}/${f.cpuMicros.toFixed(1)}`) }
console.log(name.padEnd(14), out.join('  '))
await subject[Symbol.asyncDispose]()
