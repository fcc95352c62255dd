#include <tally/redis_counter.hpp>

#include <array>
#include <charconv>
#include <string>

namespace tally {
namespace {

using kind = redis_reply::kind;

// The errors that the same command meets again however often it is sent: the key holds something
// else, or the largest number Redis knows; or this user may not touch it.
errc meaning(std::string_view error)
{
  static constexpr std::array<std::string_view, 4> lasting{
      "WRONGTYPE", "NOPERM", "ERR value is not an integer",
      "ERR increment or decrement would overflow"};
  for (const std::string_view each : lasting)
    if (error.starts_with(each))
      return errc::rejected;
  return errc::refused;
}

std::string key(std::string_view name)
{
  return name.empty() ? "visits" : std::string{"visits:"}.append(name);
}

} // namespace

redis_counter::redis_counter(redis_connection& connection, log& to)
    : connection_{connection}, log_{to}
{
}

std::string redis_counter::trouble() const
{
  std::string reason{connection_.trouble()};
  return reason.empty() ? reason : "redis: " + reason;
}

awaitable<result<std::int64_t>> redis_counter::count(std::string_view name)
{
  const redis_command increment{"INCR", key(name)};
  const auto reply = co_await connection_.command(increment);
  if (reply.has_error())
    co_return reply.error();
  if (reply->type == kind::integer)
    co_return reply->integer;
  co_return failure("count", *reply);
}

awaitable<result<std::int64_t>> redis_counter::total(std::string_view name)
{
  const redis_command get{"GET", key(name)};
  const auto reply = co_await connection_.command(get);
  if (reply.has_error())
    co_return reply.error();
  if (reply->type == kind::nil)
    co_return 0;
  std::int64_t total = 0;
  const char* const end = reply->text.data() + reply->text.size();
  if (reply->type == kind::text &&
      std::from_chars(reply->text.data(), end, total) == std::from_chars_result{end, std::errc{}})
    co_return total;
  co_return failure("total", *reply);
}

error_code redis_counter::failure(std::string_view what, const redis_reply& reply)
{
  log_.error("redis_refused", {{"command", what}, {"reply", reply.text}});
  return reply.type == kind::error ? meaning(reply.text) : errc::bad_reply;
}

} // namespace tally
