import { toColumns } from '../../packages/once/src/stores/redis/columns.ts'
import { encodeRecord } from '../../packages/once/src/record.ts'
const mk = (i, state, body, meta) => encodeRecord({ state, attempt: 0, fence: 30000, token: i.toString(16).padStart(32, '0'), fingerprint: '', effect: false, waiters: true, atMs: 86400000, meta, codec: 1, body })
for (const [n, a] of [['claims', Array.from({ length: 64 }, (_, i) => mk(i, 'executing', '', '{"host":"bench","pid":4242,"service":"bench","ttl":86400000}'))], ['commits', Array.from({ length: 64 }, (_, i) => mk(i, 'succeeded', 'b'.repeat(170) + i, ''))]]) {
  let best = Infinity
  for (let r = 0; r < 30; r++) { const t = process.hrtime.bigint(); for (let k = 0; k < 500; k++) toColumns(a); best = Math.min(best, Number(process.hrtime.bigint() - t) / 500 / 64) }
  console.log(n, best.toFixed(0), 'ns per key')
}
