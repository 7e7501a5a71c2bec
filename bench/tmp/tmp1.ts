import { openSubject } from '../subjects/index.ts'
import { runSlice } from '../harness/slice.ts'
const [, , name = '', url = '', workName='fresh'] = process.argv
const subject = await openSubject(name, { redisUrl: url, disk: '/tmp', memory: '/dev/shm' })
const work = await subject.begin(workName, 1)
await runSlice(work, 256, 3000)
const out: string[] = []
for (let i = 0; i < 12; i++) {
  const f = await runSlice(work, 1, i < 6 ? 100 : 500)
  out.push(`${f.perSecond.toFixed(0)}/${f.cpuMicros.toFixed(0)}`)
}
console.log(name, out.join('  '))
const o2: string[] = []
for (const c of [1,4, 32, 256]) { const f = await runSlice(work, c, 1000); o2.push(`${c}: ${f.perSecond.toFixed(0)}/${f.cpuMicros.toFixed(1)}`) }
console.log(name, o2.join('  '))
await subject[Symbol.asyncDispose]()
