#include <tally/count_script.hpp>

namespace tally {

// The record is read before anything is written, and INCRBY is the first write: a refusal (OOM,
// WRONGTYPE, overflow) leaves both keys as they were. What is left to go wrong is a user who may
// not SET any more; then the visits are taken back before anybody saw them.
const std::string_view count_script::text = R"lua(local record = redis.call('GET', KEYS[2]) or ''
local counted = tonumber(string.match(record, '^%d+') or 0)
if counted == tonumber(ARGV[1]) then
  return '=' .. record
end
if counted > tonumber(ARGV[1]) then
  return redis.error_reply('STALE a later batch was counted')
end
redis.call('INCRBY', KEYS[1], ARGV[2])
record = ARGV[1] .. ' ' .. redis.call('GET', KEYS[1])
local kept = redis.pcall('SET', KEYS[2], record, 'PX', ARGV[3])
if kept.err then
  redis.call('INCRBY', KEYS[1], 0 - ARGV[2])
  return kept
end
return record
)lua";

const std::string_view count_script::sha1 = "1f8e7f0316dfa523aa6b7d55efe4b2e164244ff9";

} // namespace tally
