#include <tally/count_script.hpp>

namespace tally {

// What counting is without the record: a batch whose reply was lost is counted again. Linked into
// `tally_without_record`, to show that the proof can fail.
const std::string_view count_script::text = R"lua(redis.call('INCRBY', KEYS[1], ARGV[2])
return ARGV[1] .. ' 0 ' .. redis.call('GET', KEYS[1])
)lua";

const std::string_view count_script::sha1 = "ad5efba77d3e4d909061650e25439fe846642c41";

} // namespace tally
