import net from 'node:net'
import { createHash } from 'node:crypto'
import { claimScript } from '../../packages/once/src/stores/redis/claim.ts'
import { commitScript } from '../../packages/once/src/stores/redis/commit.ts'
import { encodeRecord } from '../../packages/once/src/record.ts'
import { storageKey } from '../../packages/once/src/index.ts'
import { variants } from './variants.mjs'
const port = 7399
const sock = net.connect(port, '127.0.0.1'); await new Promise((r) => sock.once('connect', r))
let got = Buffer.alloc(0), waiter
sock.on('data', (d) => { got = Buffer.concat([got, d]); waiter?.() })
// send PING-terminated pipeline and wait for +PONG at the end
async function send(buf) {
  got = Buffer.alloc(0)
  sock.write(buf); sock.write('*2\r\n$4\r\nECHO\r\n$8\r\n~~DONE~~\r\n')
  while (!got.subarray(-16).includes('~~DONE~~')) await new Promise((r) => (waiter = r))
  return got
}
function enc(args) { const p = [`*${args.length}\r\n`]; for (const a of args) { const b = Buffer.from(a); p.push(`$${b.length}\r\n`, b, '\r\n') } return Buffer.concat(p.map((x) => Buffer.from(x))) }
async function cpu() { const t = (await send('*2\r\n$4\r\nINFO\r\n$3\r\ncpu\r\n')).toString(); const g = (n) => Number(new RegExp(n + ':([\\d.]+)').exec(t)[1]); return (g('used_cpu_user') + g('used_cpu_sys')) * 1e6 }
const token = (i) => i.toString(16).padStart(32, '0')
const HOLD = '{"host":"bench","pid":4242,"service":"bench","ttl":86400000}'
const BODY = '{"id":"re_8f14e45fceea167a","order":"ord_20931","amount":12900,"currency":"EUR","status":"captured","at":"2026-11-21T12:00:00.000Z","card":{"brand":"visa","last4":"4242"}}'
const claimArg = (i) => encodeRecord({ state: 'executing', attempt: 0, fence: 30000, token: token(i), fingerprint: '', effect: false, waiters: true, atMs: 86400000, meta: HOLD, codec: 0, body: '' })
const commitArg = (i) => encodeRecord({ state: 'succeeded', attempt: 0, fence: 0, token: token(i), fingerprint: '', effect: false, waiters: false, atMs: 86400000, meta: '', codec: 1, body: BODY })
const N = 64 * 400
const fenceKey = (k) => k.slice(0, k.indexOf('}') + 1) + '!fence'
async function load(src) { const r = await send(enc(['SCRIPT', 'LOAD', src])); const m = /\$40\r\n([0-9a-f]{40})/.exec(r.toString()); if (!m) throw new Error(r.toString()); return m[1] }
const keysAll = Array.from({ length: N }, (_, i) => storageKey('bench', `order:4711:${i}`))
function batches(sha, kind, build, size) {
  const out = []
  for (let b = 0; b < N; b += size) {
    const keys = keysAll.slice(b, b + size), idx = keys.map((_, j) => b + j)
    out.push(enc(['EVALSHA', sha, ...build({ keys, idx, claimArg, commitArg, fenceKey, token, HOLD, BODY })]))
  }
  return out
}
const std = {
  'current': { claim: { one: claimScript.one.source, many: claimScript.many.source, build: ({ keys, idx, claimArg }) => [String(keys.length * 2), ...keys, ...keys.map(fenceKey), ...idx.map(claimArg)] },
    commit: { one: commitScript.one.source, many: commitScript.many.source, build: ({ keys, idx, commitArg }) => [String(keys.length), ...keys, ...idx.map(commitArg)] } },
}
const all = { ...std, ...variants }
const want = process.argv.slice(2)
const size = Number(process.env.SIZE ?? 64)
const rounds = Number(process.env.ROUNDS ?? 7)
const results = {}
const prepared = {}
for (const [n, v] of Object.entries(all)) { if (want.length && !want.includes(n)) continue
  const p = prepared[n] = {}
  for (const k of ['claim', 'commit', 'replay']) if (v[k]) { const src = size === 1 ? (v[k].one ?? v[k].many) : v[k].many; p[k] = batches(await load(src), k, v[k].build, v[k].size ?? size) } }
for (let r = 0; r < rounds; r++) for (const [n, p] of Object.entries(prepared)) {
  await send(enc(['FLUSHALL', 'SYNC']))
  for (const k of ['claim', 'commit', 'replay']) { if (!p[k]) continue
    const c0 = await cpu()
    const step = Math.ceil(4 * 64 * p[k].length / N); for (let i = 0; i < p[k].length; i += step) { const res = await send(Buffer.concat(p[k].slice(i, i + step))); if (i === 0 && r === 0) { const t = res.toString('latin1'); if (/(^|\n)-/.test(t)) throw new Error(n + k + t.slice(0, 300)); if (process.env.SHOW) console.log(n, k, JSON.stringify(t.slice(0, 120))) } }
    const c1 = await cpu(); ((results[n] ??= {})[k] ??= []).push((c1 - c0) / N)
  }
}
const med = (a) => a.toSorted((x, y) => x - y)[a.length >> 1]
for (const [n, v] of Object.entries(results)) console.log(n.padEnd(28), Object.entries(v).map(([k, a]) => `${k} ${med(a).toFixed(2)} (${Math.min(...a).toFixed(2)})`).join('   '), ' sum', Object.entries(v).filter(([k]) => k !== 'replay').reduce((s, [, a]) => s + med(a), 0).toFixed(2))
sock.destroy()
