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
  return '=' .. record
end
if last > sequence then
  return redis.error_reply('STALE a later batch was counted')
end
if last < tonumber(ARGV[3]) then
  return redis.error_reply('UNPROVEN the record that would show whether this batch was counted is gone')
end

local new, refused, places = {}, {}, nil
for i = 4, #KEYS do
  local name = not held[i] and ARGV[2 * i - 1] ~= '0' and string.match(KEYS[i], '^{visits}:(.+)')
  local known = name and redis.pcall('SISMEMBER', KEYS[3], name)
  if known == 0 then
    places = places or ARGV[6] - redis.call('SCARD', KEYS[3])
    places = places - 1
    new[i] = places >= 0 and name
    refused[i] = places < 0 and 'LIMIT there are as many counters as permitted'
  elseif known and known ~= 1 then
    refused[i] = known.err
  end
end

if not string.match(epoch, '^%d+$') then
  return redis.error_reply('ERR ' .. KEYS[2] .. ' is not an integer')
end
local age = tonumber(epoch) - tonumber(ARGV[4])
for i = 4, age <= 0 and #KEYS or 3 do
  local found, mark = held[i] or '0', ARGV[2 * i]
  if mark ~= '0' and not refused[i] and (#found < #mark or (#found == #mark and found < mark) or found < '0') then
    found = redis.pcall('GET', KEYS[i]) or '0'
    if type(found) == 'string' and string.find(found, '^-?%d+$') then
      if ARGV[5] ~= 'raise' then
        return redis.error_reply('BELOW ' .. i - 4 .. ' ' .. found)
      end
      redis.call('SET', KEYS[i], mark)
    end
  end
end
if age < 0 then
  epoch = ARGV[4]
  redis.call('SET', KEYS[2], epoch)
end

local function count(i)
  local key, visits = KEYS[i], ARGV[2 * i - 1]
  if refused[i] then
    error({err = refused[i]})
  end
  if new[i] then
    redis.call('SADD', KEYS[3], new[i])
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
    if new[i] then
      redis.pcall('SREM', KEYS[3], new[i])
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
    if new[i] then
      redis.pcall('DEL', KEYS[i])
      redis.pcall('SREM', KEYS[3], new[i])
    end
  end
  return kept
end
return record
)lua";

const std::string_view count_script::sha1 = "a597aacf78c87c7a4ce340000d822b0b51248f4a";

} // namespace tally
