/*
 * How a claim moves the last fence of its bucket on. The new fence is max(last + 1, store time in µs), and no claim stands whose
 * fence was not kept.
 */

/** Before the keys: the time as a fence is kept. Follows the clock. */
export const FENCE_TIME: string = `
local nowText = time[2]
if #nowText < 6 then nowText = sub('00000' .. nowText, -6) end
nowText = time[1] .. nowText
`

const LAST_POSSIBLE = '9007199254740991'

const FROM_ITS_KEY = `
      local before = call('SET', fenceKey, nowText, 'GET')
      if type(before) == 'table' then
        failed = before
      elseif before then
        before = tonumber(before)
        if before and before >= nowUs and before < ${LAST_POSSIBLE} then
          newFence = before + 1
          local put = call('SET', fenceKey, format('%.0f', newFence))
          if put.err then failed = put end
        end
      end
`

/** Moves the fence at `fenceKey` on: `newFence`, or `failed`. */
export const NEXT_FENCE: string = `
    local newFence, failed = nowUs, nil
    ${FROM_ITS_KEY}
`

/**
 * A batch reads the fences of all its keys with one command and writes them with another.
 *
 * `lasts` are the fences as they were, in the order of the keys; `moved` maps the name of a fence to what this batch made of it;
 * `moves` are the arguments of the command that writes them.
 */
export const BATCH_OF_FENCES: string = `
local lasts, moved, moves, moveCount = nil, {}, {}, 0
`

/** {@link NEXT_FENCE} within a batch, written with the others. */
export const NEXT_FENCE_OF_BATCH: string = nextOfBatch('')

/** {@link NEXT_FENCE} within a batch, written now: what replaces a record cannot be undone should the fence not be kept. */
export const NEXT_FENCE_OF_BATCH_NOW: string = nextOfBatch(`
      local put = call('SET', fenceKey, newText)
      if put.err then failed = put end`)

/** After the keys. Where the fences cannot be written together each is tried alone, so that one harms only its own claims. */
export const WRITE_FENCES: string = `
if moveCount > 0 and call('MSET', spread(moves)).err then
  local undone = {}
  granted = 0
  for i = 1, n do
    local fenceKey, answer = KEYS[n + i], answers[i]
    if moved[fenceKey] and type(answer) == 'number' and answer > 0 then
      local put = call('SET', fenceKey, format('%.0f', moved[fenceKey]))
      if put.err then
        call('DEL', KEYS[i])
        undone[KEYS[i]] = put
      end
    end
  end
  -- Who met such a claim in this batch was told what is not so.
  for i = 1, n do answers[i] = undone[KEYS[i]] or answers[i] end
end
`

function nextOfBatch(write: string): string {
  return `
    local newFence, failed = nowUs, nil
    local last = moved[fenceKey]
    if not last then
      if not lasts then lasts = call('MGET', spread(KEYS, n + 1, n + n)) end
      last = lasts[i]
      -- Digits compare as texts, and mostly that is enough.
      if last then last = last < nowText and 0 or tonumber(last) end
    end
    if last then
      local newText = nowText
      if last >= nowUs and last < ${LAST_POSSIBLE} then
        newFence = last + 1
        newText = format('%.0f', newFence)
      end
      moves[moveCount + 1], moves[moveCount + 2] = fenceKey, newText
      moveCount = moveCount + 2${write}
    else
      -- There is none, or one of another type: MGET does not say which.
      ${FROM_ITS_KEY}
    end
    if not failed then moved[fenceKey] = newFence end
`
}
