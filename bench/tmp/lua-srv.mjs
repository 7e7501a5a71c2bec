import net from 'node:net'
import { readFileSync } from 'node:fs'
import { claimScript } from '../../packages/once/src/stores/redis/claim.ts'
import { commitScript } from '../../packages/once/src/stores/redis/commit.ts'
import { toColumns } from '../../packages/once/src/stores/redis/columns.ts'
import { encodeRecord } from '../../packages/once/src/record.ts'
import { storageKey } from '../../packages/once/src/key.ts'
const before = JSON.parse(readFileSync(new URL('./lua-before.json', import.meta.url)))
const port = Number(process.env.PORT ?? 7399)
const sock = net.connect(port, '127.0.0.1'); await new Promise((r) => sock.once('connect', r))
let chunks = [], waiter
sock.on('data', (d) => { chunks.push(d); waiter?.() })
async function send(buf) {
  chunks = []
  sock.write(buf); sock.write('*2\r\n$4\r\nECHO\r\n$8\r\n~~DONE~~\r\n')
  for (;;) {
    const last = chunks.length > 1 ? Buffer.concat(chunks.slice(-2)) : (chunks[0] ?? Buffer.alloc(0))
    if (last.subarray(-16).includes('~~DONE~~')) return Buffer.concat(chunks)
    await new Promise((r) => (waiter = r))
  }
}
function enc(args) { const p = [Buffer.from(`*${args.length}\r\n`)]; for (const a of args) { const b = Buffer.from(a); p.push(Buffer.from(`$${b.length}\r\n`), b, Buffer.from('\r\n')) } return Buffer.concat(p) }
async function cpu() { const t = (await send('*2\r\n$4\r\nINFO\r\n$3\r\ncpu\r\n')).toString(); const g = (n) => Number(new RegExp(n + ':([\\d.]+)').exec(t)[1]); return (g('used_cpu_user') + g('used_cpu_sys')) * 1e6 }
const token = (i) => (i * 7919).toString(16).padStart(32, 'a0b1')
const HOLD = '{"host":"bench","pid":4242,"service":"bench","ttl":86400000}'
const BODY0 = '{"id":"re_8f14e45fceea167a","order":"ord_20931","amount":12900,"currency":"EUR","status":"captured","at":"2026-11-21T12:00:00.000Z","card":{"brand":"visa","last4":"4242"}}'
const BODY = process.env.BODY ? 'b'.repeat(Number(process.env.BODY)) : BODY0
const claimArg = (i, other = 0) => encodeRecord({ state: 'executing', attempt: 0, fence: 30000, token: token(i + other), fingerprint: '', effect: false, waiters: true, atMs: 86400000, meta: HOLD, codec: 0, body: '' })
const commitArg = (i) => encodeRecord({ state: 'succeeded', attempt: 0, fence: 0, token: token(i), fingerprint: '', effect: false, waiters: false, atMs: 86400000, meta: '', codec: 1, body: BODY })
const size = Number(process.env.SIZE ?? 64)
const rounds = Number(process.env.ROUNDS ?? 9)
const N = size === 1 ? 12800 : 64 * 300
const fenceKey = (k) => k.slice(0, k.indexOf('}') + 1) + '!fence'
async function load(src) { const r = await send(enc(['SCRIPT', 'LOAD', src])); const m = /\$40\r\n([0-9a-f]{40})/.exec(r.toString()); if (!m) throw new Error(r.toString()); return m[1] }
const keysAll = Array.from({ length: N }, (_, i) => storageKey('bench', `order:4711:${i}`))
function batches(sha, build, size) {
  const out = []
  for (let b = 0; b < N; b += size) { const keys = keysAll.slice(b, b + size), idx = keys.map((_, j) => b + j); out.push(enc(['EVALSHA', sha, ...build(keys, idx)])) }
  return out
}
const claimB = (other) => (keys, idx) => [String(keys.length * 2), ...keys, ...keys.map(fenceKey), ...idx.map((i) => claimArg(i, other))]
const commitB = (keys, idx) => [String(keys.length), ...keys, ...idx.map(commitArg)]
const hClaim = (other) => (keys, idx) => { const a = idx.map((i) => claimArg(i, other)); return [String(keys.length * 2), ...keys, ...keys.map(fenceKey), a[0].subarray(0, 24), ...a.map((x) => x.subarray(24))] }
const hCommit = (keys, idx) => { const a = idx.map(commitArg); return [String(keys.length), ...keys, a[0].subarray(0, 24), ...a.map((x) => x.subarray(24))] }
const cols = (a) => a.length === 1 ? a : [...toColumns(a)]
const cClaim = (other) => (keys, idx) => [String(keys.length * 2), ...keys, ...keys.map(fenceKey), ...cols(idx.map((i) => claimArg(i, other)))]
const cCommit = (keys, idx) => [String(keys.length), ...keys, ...cols(idx.map(commitArg))]
const of = (s) => s.columns ? { claim: [s.claim, cClaim(0)], commit: [s.commit, cCommit], replay: [s.claim, cClaim(1e6)] } : s.headed ? { claim: [s.claim, hClaim(0)], commit: [s.commit, hCommit], replay: [s.claim, hClaim(1e6)] } : ({ claim: [s.claim, claimB(0)], commit: [s.commit, commitB], replay: [s.claim, claimB(1e6)] })
const rawClaim = `if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return redis.call('GET', KEYS[1])`
const rawComplete = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`
const rc = (keys) => ['1', keys[0], token(1), '86430000']
const cur = { columns: true,  claim: { one: claimScript.one.source, many: claimScript.many.source }, commit: { one: commitScript.one.source, many: commitScript.many.source } }
const all = { before: of(before), current: of(cur), raw: { claim: [rawClaim, rc, 1], commit: [rawComplete, (k) => ['1', k[0], token(1), BODY, '86400000'], 1], replay: [rawClaim, rc, 1] } }
if (process.env.VARS) { const { variants } = await import(process.env.VARS); for (const [n, f] of Object.entries(variants)) all[n] = of(f(cur, before)) }
const want = process.argv.slice(2)
const results = {}, prepared = {}
for (const [n, v] of Object.entries(all)) { if (want.length && !want.includes(n)) continue
  const p = prepared[n] = {}
  for (const [k, [src, build, sz]] of Object.entries(v)) p[k] = batches(await load(typeof src === 'string' ? src : size === 1 ? src.one : src.many), build, sz ?? size) }
for (let r = 0; r < rounds; r++) for (const [n, p] of Object.entries(prepared)) {
  await send(enc(['FLUSHALL', 'SYNC']))
  // steady state: buckets have fences
  if (process.env.WARM !== '0') { const sets = new Set(keysAll.map(fenceKey)); await send(Buffer.concat([...sets].map((f) => enc(['SET', f, '1700000000000000'])))) }
  for (const k of ['claim', 'commit', 'replay']) { if (!p[k]) continue
    const c0 = await cpu()
    const step = Math.ceil(4 * 64 * p[k].length / N)
    for (let i = 0; i < p[k].length; i += step) { const res = await send(Buffer.concat(p[k].slice(i, i + step))); if (i === 0 && r === 0) { const t = res.toString('latin1'); if (/(^|\n)-/.test(t)) throw new Error(n + k + t.slice(0, 300)); if (process.env.SHOW) console.log(n, k, JSON.stringify(t.slice(0, 160))) } }
    const c1 = await cpu(); ((results[n] ??= {})[k] ??= []).push((c1 - c0) / N)
  }
}
const med = (a) => a.toSorted((x, y) => x - y)[a.length >> 1]
for (const [n, v] of Object.entries(results)) console.log(n.padEnd(26), Object.entries(v).map(([k, a]) => `${k} ${Math.min(...a).toFixed(2)} (med ${med(a).toFixed(2)})`).join('   '))
sock.destroy()
