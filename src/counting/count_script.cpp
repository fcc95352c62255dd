#include "counting/count_script.hpp"

namespace tally {

// The script reads everything, and rejects a batch that must not be counted, before its first
// write. INCRBY may still fail for one counter (WRONGTYPE, overflow, permissions), which leaves
// that counter unchanged. If an idempotency key or the record cannot be written, the script
// subtracts all visits again, before their numbers are shown, and removes the counters that it
// made. It overwrites the idempotency keys, since DEL needs a permission that SET does not. Only a
// counter without a key costs the commands of the register, and only visits with an idempotency key
// cost more than those without.
const std::string_view count_script::text = R"lua(local held = redis.call('MGET', unpack(KEYS))
local record, epoch = held[1] or '', held[2] or '0'
local sequence = tonumber(ARGV[1])
local counters = #ARGV - #KEYS

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
for i = 4, age <= 0 and counters or 3 do
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

local lines, ttl, key_ttl, new, first = {}, ARGV[2]
if counters < #KEYS then
  ttl, key_ttl = string.match(ttl, '(%d+) (%d+)')
  new, first = {}, {}
  for j = counters + 1, #KEYS do
    local key, i = KEYS[j], ARGV[counters + j] + 4
    local owner, number = string.match(held[j] or '', '^(%S+) (.+)$')
    if first[key] then
      owner = KEYS[ARGV[counters + first[key]] + 4]
    end
    if owner and owner ~= KEYS[i] then
      lines[j - 3] = '!'
    elseif number then
      lines[j - 3] = '=' .. number
    elseif not owner then
      first[key] = j
      new[i] = new[i] or {}
      table.insert(new[i], j)
    end
  end
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

local function count(i, visits)
  local key = KEYS[i]
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

local counted = {}
for i = 4, counters do
  local visits, own = ARGV[2 * i - 1], new and new[i]
  if own then
    visits = visits + #own
  end
  local line = '-'
  if visits ~= '0' or not new then
    local fine, total = pcall(count, i, visits)
    if fine then
      counted[i] = visits
      line = total
    else
      line = type(total) == 'table' and total.err or tostring(total)
      if visits == '0' then
        return redis.error_reply(line)
      end
      if added[i] then
        redis.pcall('SREM', KEYS[3], added[i])
      end
      line = '!' .. line
    end
    if own then
      for n, j in ipairs(own) do
        lines[j - 3] = fine and total .. '-' .. visits - n or '-'
      end
    end
  end
  lines[i - 3] = line
end

local kept = {}
for j = counters + 1, #KEYS do
  local key, line = KEYS[j], lines[j - 3]
  if not line then
    line = lines[first[key] - 3]
    lines[j - 3] = line == '-' and line or '=' .. line
  elseif first[key] == j and line ~= '-' and not kept.err then
    kept = redis.pcall('SET', key, KEYS[ARGV[counters + j] + 4] .. ' ' .. line, 'PX', key_ttl)
  end
end
record = ARGV[1] .. ' ' .. epoch .. ' ' .. table.concat(lines, '\n', 1, #KEYS - 3)
if not kept.err then
  kept = redis.pcall('SET', KEYS[1], record, 'PX', ttl)
end
if kept.err then
  for key in pairs(first or {}) do
    redis.pcall('SET', key, '', 'PX', 1)
  end
  for i, visits in pairs(counted) do
    redis.call('INCRBY', KEYS[i], 0 - visits)
    if added[i] then
      redis.pcall('DEL', KEYS[i])
      redis.pcall('SREM', KEYS[3], added[i])
    end
  end
  return kept
end
return record
)lua";

const std::string_view count_script::sha1 = "0b7e9d1445a83c3e2994a8dc0328348b2bdd5252";

} // namespace tally
