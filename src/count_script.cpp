#include <tally/count_script.hpp>

namespace tally {

// The script finds its own reasons to refuse before it writes. Redis may still refuse INCRBY (OOM,
// WRONGTYPE, overflow, permissions), which then counts nothing. Whatever fails after INCRBY takes
// the visits back, before anybody has seen their numbers.
const std::string_view count_script::text =
    R"lua(local held = redis.call('MGET', KEYS[1], KEYS[2], KEYS[3])
local found, record, epoch = held[1] or '0', held[2] or '', held[3] or '0'
local sequence, visits, mark = tonumber(ARGV[1]), ARGV[2], ARGV[5]

local last = tonumber(string.match(record, '^%d+') or -1)
if last == sequence then
  return '=' .. record
end
if last > sequence then
  return redis.error_reply('STALE a later batch was counted')
end
if last < tonumber(ARGV[4]) then
  return redis.error_reply('UNPROVEN the record that would show whether this batch was counted is gone')
end

if not string.match(epoch, '^%d+$') then
  return redis.error_reply('ERR ' .. KEYS[3] .. ' is not an integer')
end
local function lower(a, b)
  return string.sub(a, 1, 1) == '-' or #a < #b or (#a == #b and a < b)
end
if mark ~= '0' and lower(found, mark) and tonumber(epoch) <= tonumber(ARGV[6]) then
  found = redis.call('GET', KEYS[1]) or '0'
  if string.find(found, '^-?%d+$') then
    if ARGV[7] ~= 'raise' then
      return redis.error_reply('BELOW ' .. found)
    end
    redis.call('SET', KEYS[1], mark)
  end
end
if tonumber(epoch) < tonumber(ARGV[6]) then
  epoch = ARGV[6]
  redis.call('SET', KEYS[3], epoch)
end

local function take_back(failure)
  redis.call('INCRBY', KEYS[1], 0 - visits)
  return failure
end
local total
if visits == '0' then
  local key = redis.call('GET', KEYS[1]) and KEYS[1] or KEYS[2]
  redis.call('INCRBY', key, 1)
  total = redis.call('INCRBY', key, -1)
else
  total = redis.call('INCRBY', KEYS[1], visits)
end
if math.abs(total) < 2 ^ 53 then
  total = string.format('%.0f', total)
else
  total = redis.pcall('GET', KEYS[1])
  if type(total) ~= 'string' then
    return take_back(total)
  end
end
record = ARGV[1] .. ' ' .. epoch .. ' ' .. total
local kept = redis.pcall('SET', KEYS[2], record, 'PX', ARGV[3])
if kept.err then
  return take_back(kept)
end
return record
)lua";

const std::string_view count_script::sha1 = "8fdb13d87228075f565a01d88deea156dd160f5d";

} // namespace tally
