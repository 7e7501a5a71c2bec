import { openSubject } from '../subjects/index.ts'
import { runSlice } from '../harness/slice.ts'
import { Session } from 'node:inspector/promises'
const [, , name = '', url = '', workName='fresh', callers='1', seconds='4'] = process.argv
const subject = await openSubject(name, { redisUrl: url, disk: '/tmp', memory: '/dev/shm' })
const work = await subject.begin(workName, Number(callers))
await runSlice(work, 256, 3000)
await runSlice(work, Number(callers), 500)
const s = new Session(); s.connect()
await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval', { interval: 100 })
await s.post('Profiler.start')
const f = await runSlice(work, Number(callers), Number(seconds)*1000)
const { profile } = await s.post('Profiler.stop') as any
const self = new Map<string, number>(); let total = 0
const byId = new Map(profile.nodes.map((n: any) => [n.id, n]))
for (let i = 0; i < profile.samples.length; i++) {
  const n: any = byId.get(profile.samples[i]); const d = profile.timeDeltas[i]; total += d
  const u = n.callFrame.url.split('/').slice(-2).join('/')
  const k = `${n.callFrame.functionName || '(anon)'} ${u}:${n.callFrame.lineNumber + 1}`
  self.set(k, (self.get(k) ?? 0) + d)
}
console.log(name, f.perSecond.toFixed(0), 'ops/s', f.cpuMicros.toFixed(1), 'µs cpu; profile total µs/op', (total / f.operations).toFixed(1))
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, Number(process.env.TOP ?? 45))) console.log((v / f.operations).toFixed(2).padStart(8), k)
await subject[Symbol.asyncDispose]()
