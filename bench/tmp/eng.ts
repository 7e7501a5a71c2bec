import { Once } from '@oncekit/once'
import { StoreCalls } from '../../packages/once/src/engine/store-calls.ts'
import { produce, keyOf, resultOf } from '../subjects/operation.ts'
import { Session } from 'node:inspector/promises'
;(StoreCalls.prototype as any).isDirect = () => true
import { encodeRecord, decodeRecord } from '../../packages/once/src/record.ts'
import { RESULT_TEXT, doneKeys } from '../subjects/operation.ts'
const rec = encodeRecord({ state: 'succeeded', attempt: 1, fence: 1795000000000000, token: 'ab'.repeat(16), fingerprint: '', effect: false, waiters: false, atMs: 1795000000000, meta: '', codec: 1, body: RESULT_TEXT })
const claimed = { status: 'claimed', fence: 1, attempt: 1, takeover: false } as const
const q: (() => void)[] = []
let open = false
function later<T>(v: T): Promise<T> { return new Promise((r) => { q.push(() => r(v)); if (!open) { open = true; setImmediate(() => { open = false; for (const f of q.splice(0)) f() }) } }) }
const store: any = { traits: { name: 'x', shared: 'fleet', survivesRestart: true, durability: 'async' }, address: 'x:',
  claim: () => later(process.argv[2] === 'replay' ? { status: 'done', record: decodeRecord(rec) } : claimed), commit: () => later('committed'), release: () => later('released'), close: async () => {}, async [Symbol.asyncDispose]() {} }
const once = await Once.create({ ...Once.defaultConfig('production'), store: 'memory:', serviceName: 'bench', prefix: 'bench' } as any, { store })
let n = 0
const dk = doneKeys()
const mode = process.argv[2] ?? 'once'
async function loop(count: number, each: number) {
  await Promise.all(Array.from({ length: count }, async () => { for (let i = 0; i < each; i++) { const key = mode === 'replay' ? dk[n++ % 1024]! : keyOf(n++); if (mode !== 'raw') await once.execute(key, async () => resultOf(n)); else { await store.claim(); await produce(); await store.commit() } } }))
}
await loop(64, 4000)
const best: number[] = []
for (let r = 0; r < 9; r++) { const c = process.cpuUsage(); await loop(64, 2000); const d = process.cpuUsage(c); best.push((d.user + d.system) / 128000) }
best.sort((a, b) => a - b)
console.log(mode, 'µs/op min', best[0]!.toFixed(2), 'median', best[4]!.toFixed(2))
if (process.argv[3]) {
const s = new Session(); s.connect()
await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval', { interval: 100 }); await s.post('Profiler.start')
await loop(64, 8000)
const { profile } = await s.post('Profiler.stop') as any
const self = new Map<string, number>(); const byId = new Map(profile.nodes.map((x: any) => [x.id, x]))
for (let i = 0; i < profile.samples.length; i++) { const x: any = byId.get(profile.samples[i]); const u = x.callFrame.url.split('/').slice(-2).join('/'); const k = `${x.callFrame.functionName || '(anon)'} ${u}:${x.callFrame.lineNumber + 1}`; self.set(k, (self.get(k) ?? 0) + profile.timeDeltas[i]) }
for (const [k, v] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 40)) console.log((v / 512000).toFixed(3).padStart(8), k)
}
await once.close()
