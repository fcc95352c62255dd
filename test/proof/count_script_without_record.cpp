#include "counting/count_script.hpp"

namespace tally {

// A count script that keeps no record, so that a batch whose reply was lost is counted again.
// Linked into `tally_without_record`, to show that the checks can fail.
const std::string_view count_script::text = R"lua(local totals = {}
for i = 3, #KEYS do
  redis.call('INCRBY', KEYS[i], ARGV[2 * i])
  totals[i - 2] = redis.call('GET', KEYS[i]) or '0'
end
return ARGV[1] .. ' 0 ' .. table.concat(totals, '\n')
)lua";

const std::string_view count_script::sha1 = "26df9f000a38ce10f3d66735ccd0c4cafb8b9e08";

} // namespace tally
