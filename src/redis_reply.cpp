#include <tally/redis_reply.hpp>

#include <algorithm>
#include <array>

namespace tally {

bool is_lasting(std::string_view error)
{
  static constexpr std::array<std::string_view, 5> all{
      "WRONGTYPE", "not an integer", "would overflow", "NOPERM", "The user executing the script"};
  return std::any_of(all.begin(), all.end(),
                     [&](std::string_view each) { return error.find(each) != error.npos; });
}

} // namespace tally
