#include "counting/administration_scripts.hpp"

namespace tally::administration_scripts {

// Redis does not undo the writes before an error. So the script reads the register first, which
// fails if it is no set, and writes the epoch before the counter: a new epoch alone does no harm.
const std::string_view set = R"lua(redis.call('SCARD', KEYS[2])
redis.call('INCR', KEYS[3])
if ARGV[2] ~= '' then
  redis.call('SADD', KEYS[2], ARGV[2])
end
redis.call('SET', KEYS[1], ARGV[1])
return '1'
)lua";

// A deletion frees memory, so it must work when the memory of Redis is full. Redis then refuses
// INCR as the first write of a script, but accepts it after SREM. So the first SREM comes before
// INCR; it removes nothing, since no name is empty.
const std::string_view remove = R"lua(local registered = redis.call('SISMEMBER', KEYS[2], ARGV[1])
if registered + redis.call('EXISTS', KEYS[1]) == 0 then
  return '0'
end
redis.call('SREM', KEYS[2], '')
redis.call('INCR', KEYS[3])
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return '1'
)lua";

// A page is far below the largest reply that a connection accepts, 64 KiB.
const std::string_view names =
    R"lua(local page = redis.call('SSCAN', KEYS[1], ARGV[1], 'COUNT', 100)
table.insert(page[2], 1, page[1])
return table.concat(page[2], '\n')
)lua";

const std::string_view totals = R"lua(local totals = {}
for i, key in ipairs(KEYS) do
  local total = redis.pcall('GET', key)
  if type(total) == 'string' then
    totals[i] = #total < 21 and string.match(total, '^-?%d+$') or '!'
  elseif not total then
    totals[i] = '-'
  elseif string.find(total.err, 'WRONGTYPE', 1, true) then
    totals[i] = '!'
  else
    return total
  end
end
return table.concat(totals, '\n')
)lua";

} // namespace tally::administration_scripts
