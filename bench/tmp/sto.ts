import { RedisOnceStore } from '../../packages/once/src/stores/redis.ts'
import { CommandWriter } from '../../packages/redis/src/ioredis/command-writer.ts'
import { storageKey } from '@oncekit/once'
import { newToken } from '../subjects/token.ts'
import { resultTextOf, keyOf } from '../subjects/operation.ts'
import { Session } from 'node:inspector/promises'
const q: (() => void)[] = []
let open = false
function later<T>(v: T): Promise<T> { return new Promise((r) => { q.push(() => r(v)); if (!open) { open = true; setImmediate(() => { open = false; for (const f of q.splice(0)) f() }) } }) }
const wire = process.argv[2] === 'wire'
const w = new CommandWriter(() => {})
const port: any = { address: 'x', run(script: any, keys: any[], args: any[]) {
  if (wire) { w.add(['evalsha', script.sha, String(keys.length), ...keys, ...args]); w.handOut() }
  const v = script.name.startsWith('once-claim') ? 1795000000000000 : 1
  return later(script.name.endsWith('many') ? script.name.startsWith('once-claim') ? Buffer.concat([Buffer.from('1795000000000000'), Buffer.alloc(keys.length / 2)]) : 1 : v) }, close: async () => {} }
const store = new RedisOnceStore(port, { ownsPort: true })
const HOLDER = '{"host":"bench","pid":4242,"service":"bench","ttl":86400000}'
let n = 0
async function one() {
  const key = storageKey('store', keyOf(n++)), token = newToken()
  await store.claim({ key, token, fingerprint: '', leaseMs: 30000, ttlMs: 86400000, holder: HOLDER, wait: true, attemptLimit: 0 })
  await store.commit({ key, token, outcome: { state: 'succeeded', codec: 1, body: resultTextOf(n) } as const, ttlMs: 86400000, meta: '' })
}
async function loop(count: number, each: number) { await Promise.all(Array.from({ length: count }, async () => { for (let i = 0; i < each; i++) await one() })) }
await loop(64, 4000)
const best: number[] = []
for (let r = 0; r < 9; r++) { const c = process.cpuUsage(); await loop(64, 2000); const d = process.cpuUsage(c); best.push((d.user + d.system) / 128000) }
best.sort((a, b) => a - b)
console.log('store', wire ? 'wire' : '', 'µs/op min', best[0]!.toFixed(2), 'median', best[4]!.toFixed(2))
if (process.argv[3]) {
const s = new Session(); s.connect()
await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval', { interval: 100 }); await s.post('Profiler.start')
await loop(64, 8000)
const { profile } = await s.post('Profiler.stop') as any
const self = new Map<string, number>(); const byId = new Map(profile.nodes.map((x: any) => [x.id, x]))
for (let i = 0; i < profile.samples.length; i++) { const x: any = byId.get(profile.samples[i]); const u = x.callFrame.url.split('/').slice(-2).join('/'); const k = `${x.callFrame.functionName || '(anon)'} ${u}:${x.callFrame.lineNumber + 1}`; self.set(k, (self.get(k) ?? 0) + profile.timeDeltas[i]) }
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 32)) console.log((v / 512000).toFixed(3).padStart(8), k)
}
