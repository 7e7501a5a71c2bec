import { openSubject } from '../subjects/index.ts'
import { runSlice } from '../harness/slice.ts'
const [, , name = '', url = '', workName='fresh', callers='256'] = process.argv
const subject = await openSubject(name, { redisUrl: url, disk: '/tmp', memory: '/dev/shm' })
const work = await subject.begin(workName, Number(callers))
await runSlice(work, 256, 3000)
const fmt = (f: any) => `${(f.perSecond/1000).toFixed(1)}k/${f.cpuMicros.toFixed(1)}`
for (const [idle, ms] of [[0, 300], [0, 300], [0, 300], [1500, 300], [1500, 300], [1500, 300], [0, 300], [0, 300], [1500, 1000], [1500, 1000], [0, 1000], [0, 1000], [0,3000]] as const) {
  await new Promise((r) => setTimeout(r, idle)); const f = await runSlice(work, Number(callers), ms); process.stdout.write(`${idle}+${ms}: ${fmt(f)}  `)
}
console.log(name)
await subject[Symbol.asyncDispose]()
