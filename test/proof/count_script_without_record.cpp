#include "counting/count_script.hpp"

namespace tally {

// A count script that keeps no record, so that a batch whose reply was lost is counted again.
// Linked into `tally_without_record`, to show that the checks can fail.
const std::string_view count_script::text = R"lua(local totals = {}
for i = 4, #KEYS do
  redis.call('INCRBY', KEYS[i], ARGV[2 * i - 1])
  totals[i - 3] = redis.call('GET', KEYS[i]) or '0'
end
return ARGV[1] .. ' 0 ' .. table.concat(totals, '\n')
)lua";

const std::string_view count_script::sha1 = "8344f250540f1098c2c881e57e7c15d6a853ad6f";

} // namespace tally
