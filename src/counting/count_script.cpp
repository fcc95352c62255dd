#include "counting/count_script.hpp"

namespace tally {

// The script reads everything, and rejects a batch that must not be counted, before its first
// write. INCRBY may still fail for one counter (WRONGTYPE, overflow, permissions), which leaves
// that counter unchanged. If the record cannot be written, the script subtracts all visits again,
// before their numbers are shown, and removes the counters that it made. Only a counter without a
// key costs the commands of the register.
const std::string_view count_script::text = R"lua(local held = redis.call('MGET', unpack(KEYS))
local record, epoch = held[1] or '', held[2] or '0'
local sequence = tonumber(ARGV[1])

local last = tonumber(string.match(record, '^%d+') or -1)
if last == sequence then
  if string.find(ARGV[5], 'rewrite', 1, true) then
    redis.call('SET', KEYS[1], record, 'PX', string.match(ARGV[2], '%d+'))
  end
  return '=' .. record
end
if last > sequence then
  return redis.error_reply('STALE a later batch was counted')
end
if last < tonumber(ARGV[3]) then
  return redis.error_reply('UNPROVEN the record that would show whether this batch was counted is gone')
end

if not string.match(epoch, '^%d+$') then
  return redis.error_reply('ERR ' .. KEYS[2] .. ' is not an integer')
end
local age = tonumber(epoch) - tonumber(ARGV[4])
local raised = {}
for i = 4, age <= 0 and #KEYS or 3 do
  local found, mark = held[i] or '0', ARGV[2 * i]
  if mark ~= '0' and (#found < #mark or (#found == #mark and found < mark) or found < '0') then
    found = redis.pcall('GET', KEYS[i]) or '0'
    if type(found) == 'string' and string.find(found, '^-?%d+$') then
      if not string.find(ARGV[5], 'raise', 1, true) then
        return redis.error_reply('BELOW ' .. i - 4 .. ' ' .. found)
      end
      raised[i] = mark
    end
  end
end
if age < 0 then
  epoch = ARGV[4]
  redis.call('SET', KEYS[2], epoch)
end

local added = {}
local function register(i)
  local name = string.match(KEYS[i], '^{visits}:(.+)')
  if name and redis.call('SISMEMBER', KEYS[3], name) == 0 then
    if redis.call('SCARD', KEYS[3]) >= tonumber(ARGV[6]) then
      error({err = 'LIMIT there are as many counters as permitted'})
    end
    redis.call('SADD', KEYS[3], name)
    added[i] = name
  end
end

local function count(i)
  local key, visits = KEYS[i], ARGV[2 * i - 1]
  if not held[i] and visits ~= '0' then
    register(i)
  end
  if raised[i] then
    redis.call('SET', key, raised[i])
  end
  if visits == '0' then
    if not redis.call('GET', key) then
      key = KEYS[1]
    end
    redis.call('INCRBY', key, 1)
    visits = -1
  end
  local total = redis.call('INCRBY', key, visits)
  if math.abs(total) < 2 ^ 53 then
    return string.format('%.0f', total)
  end
  total = redis.pcall('GET', key)
  if type(total) == 'string' then
    return total
  end
  redis.call('INCRBY', key, 0 - visits)
  error(total)
end

local totals, counted = {}, {}
for i = 4, #KEYS do
  local fine, total = pcall(count, i)
  if fine then
    counted[#counted + 1] = i
  else
    total = type(total) == 'table' and total.err or tostring(total)
    if ARGV[2 * i - 1] == '0' then
      return redis.error_reply(total)
    end
    if added[i] then
      redis.pcall('SREM', KEYS[3], added[i])
    end
    total = '!' .. total
  end
  totals[i - 3] = total
end
record = ARGV[1] .. ' ' .. epoch .. ' ' .. table.concat(totals, '\n')
local kept = redis.pcall('SET', KEYS[1], record, 'PX', ARGV[2])
if kept.err then
  for _, i in ipairs(counted) do
    redis.call('INCRBY', KEYS[i], 0 - ARGV[2 * i - 1])
    if added[i] then
      redis.pcall('DEL', KEYS[i])
      redis.pcall('SREM', KEYS[3], added[i])
    end
  end
  return kept
end
return record
)lua";

const std::string_view count_script::sha1 = "ae29e09c73f006d7fd60553d8edbcc70d2633e29";

} // namespace tally
