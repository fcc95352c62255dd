#include <tally/base/text.hpp>
#include <tally/counting/memory_monitor.hpp>

#include <chrono>
#include <cstdint>

namespace tally {
namespace {

constexpr std::chrono::seconds pause{1};

// The value of a line `name:value`; 0 if there is none.
std::int64_t value_of(std::string_view name, std::string_view info)
{
  while (!info.empty()) {
    auto line = next_token(info, '\n');
    if (next_token(line, ':') == name)
      return parse_total(next_token(line, '\r')).value_or(0);
  }
  return 0;
}

} // namespace

bool memory_monitor::almost_full()
{
  const auto now = coarse_now();
  if (!awaits_reply_ && now >= next_question_ && connection_.send(info_.bytes(), *this)) {
    awaits_reply_ = true;
    next_question_ = now + pause;
  }
  return almost_full_;
}

void memory_monitor::on_reply(redis_reply reply)
{
  awaits_reply_ = false;
  if (reply.type != redis_reply::kind::none)
    almost_full_ = reply.type == redis_reply::kind::text && shows_almost_full(reply.text);
}

bool shows_almost_full(std::string_view info)
{
  const auto used = value_of("used_memory", info) - value_of("mem_not_counted_for_evict", info);
  const auto limit = value_of("maxmemory", info);
  return limit > 0 && used > limit - limit / 10;
}

} // namespace tally
