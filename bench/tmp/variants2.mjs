export const claimV1 = `
local call, pack, unpack_, sub, format = redis.pcall, struct.pack, struct.unpack, string.sub, string.format
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local nowMs = (nowUs - nowUs % 1000) / 1000
local nowText = time[1] .. sub('00000' .. time[2], -6)
local n = #KEYS / 2
local lasts = call('MGET', unpack(KEYS, n + 1, n + n))
local moved, moves, m = {}, {}, 0
local oldHead, header, text
local answers = {}
for i = 1, n do
  local key, request, fenceKey = KEYS[i], ARGV[i], KEYS[n + i]
  local newFence = nowUs
  local last = moved[fenceKey] or lasts[i]
  local head = sub(request, 1, 24)
  if head ~= oldHead then
    local _, newState, asked, newCodec, limit, newMetaSize, lease, ttl = unpack_('>BBBBI2I2I8I8', head)
    header = pack('>BBBBI2I2I8I8', 1, newState, 0, newCodec, 1, newMetaSize, nowUs, nowMs + lease)
    text = format('%d', lease + ttl)
    oldHead = head
  end
  if last and last >= nowText then
    newFence = nowUs + 1
  end
  local set = call('SET', key, header .. sub(request, 25), 'NX', 'PX', text)
  if set and not set.err then
    moved[fenceKey] = nowText
    moves[m + 1], moves[m + 2] = fenceKey, nowText
    m = m + 2
    answers[i] = newFence
  else answers[i] = -9 end
end
if m > 0 then call('MSET', unpack(moves, 1, m)) end
return answers
`
// no fence at all
export const claimV2 = claimV1.replace(/local lasts = .*\n/, 'local lasts = {}\n').replace('if m > 0', 'if false')
// SETRANGE instead of splice
export const claimV3 = claimV1.replace(`call('SET', key, header .. sub(request, 25), 'NX', 'PX', text)`, `call('SET', key, request, 'NX', 'PX', text)
 call('SETRANGE', key, '0', header)`)
// fence by SET GET
export const claimV4 = claimV1.replace(/local lasts = .*\n/, 'local lasts = {}\n').replace('if m > 0', 'if false').replace(`    moved[fenceKey] = nowText`, `    local l = call('SET', fenceKey, nowText, 'GET')`)
// answer with one string? 
export const claimV5 = claimV1.replace('return answers', "return ''")
export const commitV1 = `
local call, pack, unpack_, sub, format = redis.pcall, struct.pack, struct.unpack, string.sub, string.format
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local nowMs = (nowUs - nowUs % 1000) / 1000
local printed, text
local answers = {}
for i = 1, #KEYS do
  local key, request = KEYS[i], ARGV[i]
  local bytes = call('GETRANGE', key, '0', '55')
  local version, state, flags, codec, attempt, metaSize, fence, at = unpack_('>BBBBI2I2I8I8', bytes)
  local _, newState, asked, newCodec, _, newMetaSize, expected, ttl = unpack_('>BBBBI2I2I8I8', request)
  local own = sub(bytes, 25, 40) == sub(request, 25, 40)
  if own and state == 1 then
    local header = pack('>BBBBI2I2I8I8', 1, newState, 0, newCodec, attempt, newMetaSize, fence, nowMs)
    if ttl ~= printed then printed = ttl text = format('%d', printed) end
    call('SET', key, header .. sub(request, 25), 'PX', text)
    answers[i] = 1
  else answers[i] = 0 end
end
return answers
`
// substring splice, expected header given by the client
export const commitV2 = `
local call, pack, unpack_, sub, format = redis.pcall, struct.pack, struct.unpack, string.sub, string.format
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local nowMs = (nowUs - nowUs % 1000) / 1000
local at = pack('>I8', nowMs)
local answers = {}
for i = 1, #KEYS do
  local key, request = KEYS[i], ARGV[i]
  local bytes = call('GETRANGE', key, '0', '55')
  if string.byte(bytes, 2) == 1 and sub(bytes, 25, 56) == sub(request, 25, 56) then
    call('SET', key, '\\1\\2' .. sub(bytes, 3, 16) .. at .. sub(request, 25), 'PX', '86400000')
    answers[i] = 1
  else answers[i] = 0 end
end
return answers
`
export const commitV3 = commitV2.replace(`'\\1\\2' .. sub(bytes, 3, 16) .. at .. sub(request, 25)`, 'request')
export const commitV4 = commitV1.replace(`call('SET', key, header .. sub(request, 25), 'PX', text)`, `call('SET', key, request, 'PX', text)
 call('SETRANGE', key, '0', header)`)
