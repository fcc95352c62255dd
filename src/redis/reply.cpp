#include <tally/base/text.hpp>
#include <tally/redis/reply.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace tally {

bool is_permanent_error(std::string_view error)
{
  static constexpr std::array<std::string_view, 6> phrases{"WRONGTYPE",
                                                           "not an integer",
                                                           "would overflow",
                                                           "NOPERM", // the next two: from a script
                                                           "The user executing the script",
                                                           "ACL failure in script"};
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return error.find(phrase) != error.npos; });
}

bool is_moved(std::string_view error)
{
  return error.starts_with("MOVED ");
}

bool may_run_elsewhere(std::string_view error)
{
  static constexpr std::array<std::string_view, 6> codes{"NOSCRIPT", "READONLY",   "LOADING",
                                                         "MOVED",    "MASTERDOWN", "CLUSTERDOWN"};
  return std::any_of(codes.begin(), codes.end(), [&](std::string_view code) {
    return error.substr(0, error.find(' ')) == code;
  });
}

bool may_run_later(std::string_view error)
{
  return error.starts_with("TRYAGAIN ") || error.starts_with("ASK ");
}

std::string_view info_field(std::string_view info, std::string_view name)
{
  while (!info.empty()) {
    std::string_view line = next_token(info, '\n');
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (next_token(line, ':') == name)
      return line;
  }
  return {};
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
