import net from 'node:net'
const sock = net.connect(Number(process.env.PORT ?? 7399), '127.0.0.1'); await new Promise((r) => sock.once('connect', r))
let got = '', w; sock.on('data', (d) => { got += d.toString('latin1'); w?.() })
const enc = (args) => Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...args.flatMap((a) => { const b = Buffer.from(a); return [Buffer.from(`$${b.length}\r\n`), b, Buffer.from('\r\n')] })])
async function cmd(...args) { got = ''; sock.write(enc(args)); while (!got.endsWith('\r\n') || got.startsWith('$') && got.length < Number(got.slice(1, got.indexOf('\r\n'))) ) await new Promise((r) => (w = r)); return got }
async function cpu() { const t = await cmd('INFO', 'cpu'); const g = (n) => Number(new RegExp(n + ':([\\d.]+)').exec(t)[1]); return (g('used_cpu_user') + g('used_cpu_sys')) * 1e6 }
const PRE = `local call, pack, unpack_, sub, format, byte = redis.pcall, struct.pack, struct.unpack, string.sub, string.format, string.byte
local H = '>BBBBI2I2I8I8'
local keys, reqs, n = {}, {}, 640
for i = 1, n do keys[i] = 'bench:order:4711:' .. i; reqs[i] = pack(H, 1, 2, 0, 1, 0, 0, 0, 86400000) .. pack('>I8I8', i, i) .. string.rep('\\0', 16) .. string.rep('abcdefghij', 17) end
local old = {}
for i = 1, n do old[i] = pack(H, 1, 1, 2, 0, 1, 60, 1764000000000000 + i, 1764000000000) .. pack('>I8I8', i, i) .. string.rep('\\0', 16) .. string.rep('abcdefghij', 6); call('SET', keys[i], old[i], 'PX', '1000000') end
local hdr = pack(H, 1, 2, 0, 1, 0, 0, 1764000000000000, 86400000)
local at = pack('>I8', 1764000000000)
`
const tests = {
  'T sub': `local s = sub(old[i], 25, 40) == sub(reqs[i], 25, 40)`,
  'T unpack': `local a,b,c,d = unpack_('>I4I4I4I4', old[i], 25) local e,f,g,h = unpack_('>I4I4I4I4', reqs[i], 25) local s = a == e and b == f and c == g and d == h`,
  'T unpack2': `local _,_,_,_,_,_,_,_,a,b,c,d = unpack_('>BBBBI2I2I8I8I4I4I4I4', old[i]) local _,_,_,_,_,_,_,_,e,f,g,h = unpack_('>BBBBI2I2I8I8I4I4I4I4', reqs[i])  local s = a == e and b == f and c == g and d == h`,
  'T unpack2 d': `local _,_,_,_,_,_,_,_,a,b = unpack_('>BBBBI2I2I8I8dd', old[i]) local _,_,_,_,_,_,_,_,e,f = unpack_('>BBBBI2I2I8I8dd', reqs[i])  local s = a == e and b == f`,
  'T find': `local s = string.find(reqs[i], sub(old[i], 25, 40), 25, true) == 25`,
  'T concat 5': `local s = '\\1\\2\\0' .. sub(old[i], 4, 16) .. at`,
  'T byte16': `local a,b,c,d,e,f,g,h,a1,b1,c1,d1,e1,f1,g1,h1 = byte(old[i], 25, 40)`,
  empty: ``,
  'GETRANGE 0 55': `local b = call('GETRANGE', keys[i], '0', '55')`,
  'GETRANGE 0 65536': `local b = call('GETRANGE', keys[i], '0', '65536')`,
  'GET': `local b = call('GET', keys[i])`,
  'SET PX': `call('SET', keys[i], reqs[i], 'PX', '1000000')`,
  'PSETEX': `call('PSETEX', keys[i], '1000000', reqs[i])`,
  'SET PX KEEP GET': `call('SET', keys[i], old[i], 'GET', 'PX', '1000000')`,
  'SET NX fail': `call('SET', keys[i], reqs[i], 'NX', 'PX', '1000000')`,
  'SET NX GET found': `call('SET', keys[i], reqs[i], 'NX', 'GET', 'PX', '1000000')`,
  'SET NX ok+DEL': `call('DEL', keys[i]) call('SET', keys[i], reqs[i], 'NX', 'PX', '1000000')`,
  'SET NX GET ok+DEL': `call('DEL', keys[i]) call('SET', keys[i], reqs[i], 'NX', 'GET', 'PX', '1000000')`,
  'DEL missing': `call('DEL', 'none')`,
  'SETRANGE 8 16': `call('SETRANGE', keys[i], '8', '0123456789abcdef')`,
  'SET+SETRANGE': `call('SET', keys[i], reqs[i], 'PX', '1000000') call('SETRANGE', keys[i], '0', '0123456789abcdef01234567')`,
  'sub 25': `local s = sub(reqs[i], 25)`,
  'sub 25 ..': `local s = hdr .. sub(reqs[i], 25)`,
  'sub 1,24': `local s = sub(reqs[i], 1, 24)`,
  'sub tok same': `local s = sub(reqs[i], 25, 40) == sub(reqs[i], 25, 40)`,
  'unpack8': `local a,b,c,d,e,f,g,h = unpack_(H, reqs[i])`,
  'pack8': `local s = pack(H, 1, 2, 0, 1, 0, 0, 1764000000000000 + i, 86400000)`,
  'byte 1,4': `local a,b,c,d = byte(reqs[i], 1, 4)`,
  'fn call': `local s = f(i, 2, 3)`,
  'format %.0f': `local s = format('%.0f', 1764000000000000 + i)`,
  'tonumber': `local s = tonumber('1764000000000000')`,
  'MGET of 64 (per key/64)': `if i % 64 == 1 then call('MGET', unpack(keys, i, i + 63)) end`,
}
const res = {}
const want = process.argv.slice(2)
for (let r = 0; r < 7; r++) for (const [n, t] of Object.entries(tests)) {
  if (want.length && !want.some((x) => n.includes(x))) continue
  const src = `${PRE} local function f(a,b,c) return a end for k = 1, 20 do for i = 1, n do ${t} end end return 1`
  await cmd('EVAL', src, '0'); const c0 = await cpu(); const o = await cmd('EVAL', src, '0'); if (o[0] === '-') throw new Error(n + o); const c1 = await cpu(); (res[n] ??= []).push((c1 - c0) / 12800)
}
const base = Math.min(...(res.empty ?? [0]))
for (const [n, a] of Object.entries(res)) console.log(n.padEnd(26), (Math.min(...a) - (n === 'empty' ? 0 : base)).toFixed(3))
sock.destroy()
