#include <tally/redis/reply.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace tally {

bool is_lasting(std::string_view error)
{
  static constexpr std::array<std::string_view, 6> all{"WRONGTYPE",
                                                       "not an integer",
                                                       "would overflow",
                                                       "NOPERM", // and how scripts say that:
                                                       "The user executing the script",
                                                       "ACL failure in script"};
  return std::any_of(all.begin(), all.end(),
                     [&](std::string_view each) { return error.find(each) != error.npos; });
}

std::optional<std::int64_t> parse_total(std::string_view text)
{
  std::int64_t total = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, total);
  if (parsed.ec != std::errc{} || parsed.ptr != end)
    return std::nullopt;
  return total;
}

} // namespace tally
