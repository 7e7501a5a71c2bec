const rawClaim = `if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return redis.call('GET', KEYS[1])`
const rawComplete = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`
export const variants = {
  raw: {
    claim: { size: 1, many: rawClaim, build: ({ keys, idx, token }) => ['1', keys[0], token(1), '86430000'] },
    commit: { size: 1, many: rawComplete, build: ({ keys, BODY, token }) => ['1', keys[0], token(1), BODY, '86400000'] },
  },
  floor: {
    claim: { many: `local call = redis.pcall
local answers = {}
for i = 1, #KEYS do answers[i] = call('SET', KEYS[i], ARGV[i], 'NX', 'PX', '86430000') end
return answers`, build: ({ keys, idx, claimArg }) => [String(keys.length), ...keys, ...idx.map(claimArg)] },
    commit: { many: `local call = redis.pcall
local answers = {}
for i = 1, #KEYS do local b = call('GETRANGE', KEYS[i], '0', '55') call('SET', KEYS[i], ARGV[i], 'PX', '86430000') answers[i] = 1 end
return answers`, build: ({ keys, idx, commitArg }) => [String(keys.length), ...keys, ...idx.map(commitArg)] },
  },
}
import * as v from './variants2.mjs'
const cb = ({ keys, idx, claimArg, fenceKey }) => [String(keys.length * 2), ...keys, ...keys.map(fenceKey), ...idx.map(claimArg)]
const mb = ({ keys, idx, commitArg }) => [String(keys.length), ...keys, ...idx.map(commitArg)]
const add = (n, c, m) => (variants[n] = { claim: { many: c, build: cb }, commit: { many: m, build: mb } })
add('V1 mget + V1', v.claimV1, v.commitV1)
add('V2 nofence + V2 substr', v.claimV2, v.commitV2)
add('V3 setrange + V3 asis', v.claimV3, v.commitV3)
add('V4 setget + V4 setrange', v.claimV4, v.commitV4)
