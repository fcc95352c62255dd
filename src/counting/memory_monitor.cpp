#include <tally/counting/memory_monitor.hpp>

#include <chrono>
#include <cstdint>

namespace tally {
namespace {

constexpr std::chrono::seconds pause{1};

// 0 if there is none.
std::int64_t number_in(std::string_view info, std::string_view field)
{
  return parse_total(info_field(info, field)).value_or(0);
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
  const auto used = number_in(info, "used_memory") - number_in(info, "mem_not_counted_for_evict");
  const auto limit = number_in(info, "maxmemory");
  return limit > 0 && used > limit - limit / 10;
}

} // namespace tally
