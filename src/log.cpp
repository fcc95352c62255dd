#include <tally/log.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <unistd.h>

namespace tally {
namespace {

// RFC 3339, UTC, to the millisecond.
std::string timestamp(log::time_point now)
{
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const auto millisecond = std::chrono::floor<std::chrono::milliseconds>(now - second).count();
  const std::time_t time = std::chrono::system_clock::to_time_t(second);
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%FT%T", &utc);
  std::string fraction = std::to_string(millisecond);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::string{text.data()} + '.' + fraction + 'Z';
}

} // namespace

std::string_view to_string(log_level level)
{
  static constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

log::log(int fd, log_level threshold, time_point (*now)())
    : fd_{fd}, threshold_{threshold}, now_{now}
{
}

void log::debug(std::string_view event, std::initializer_list<field> fields)
{
  write(log_level::debug, event, fields);
}

void log::info(std::string_view event, std::initializer_list<field> fields)
{
  write(log_level::info, event, fields);
}

void log::warning(std::string_view event, std::initializer_list<field> fields)
{
  write(log_level::warning, event, fields);
}

void log::error(std::string_view event, std::initializer_list<field> fields)
{
  write(log_level::error, event, fields);
}

void log::write(log_level level, std::string_view event, std::initializer_list<field> fields)
{
  if (!enabled(level))
    return;
  const time_point now = now_();
  boost::json::object line{{"time", timestamp(now)}, {"level", to_string(level)}, {"event", event}};
  for (const field& each : fields)
    line.emplace(each.first, each.second);

  const std::lock_guard lock{mutex_};
  if (level != log_level::debug) {
    auto found = floods_.find(event);
    if (found == floods_.end())
      found = floods_.emplace(event, flood{now}).first;
    flood& recent = found->second;
    if (now - recent.began >= window || now < recent.began) { // or the clock was set back
      if (recent.suppressed != 0)
        line.emplace("suppressed", recent.suppressed);
      recent = flood{now};
    }
    if (recent.written == burst) {
      ++recent.suppressed;
      return;
    }
    ++recent.written;
  }
  std::string text = boost::json::serialize(line) + '\n';
  // JSON is Unicode; what peers send need not be. Plain ASCII is both.
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c > '~'; }, '?');
  // Where the log cannot be written there is nobody left to tell.
  [[maybe_unused]] const auto ignored = ::write(fd_, text.data(), text.size());
}

} // namespace tally
