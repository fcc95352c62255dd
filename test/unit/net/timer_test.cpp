#include "catch.hpp"

#include <tally/base/clock.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/timer.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;
using tally::event_loop;

TEST_CASE("timers expire in the order of their times", "[timer]")
{
  event_loop loop;
  std::string order;
  tally::timer a{loop};
  tally::timer b{loop};
  tally::timer c{loop};
  const auto now = tally::clock::now();
  c.set(now + 3ms, [&] {
    order += 'c';
    loop.stop();
  });
  a.set(now + 1ms, [&] { order += 'a'; });
  b.set(now + 2ms, [&] { order += 'b'; });
  loop.run();
  CHECK(order == "abc");
}

TEST_CASE("a timer that is cancelled, set again or destroyed does not expire", "[timer]")
{
  event_loop loop;
  std::string order;
  const auto now = tally::clock::now();
  tally::timer cancelled{loop};
  cancelled.set(now + 1ms, [&] { order += 'x'; });
  cancelled.cancel();
  tally::timer replaced{loop};
  replaced.set(now + 1ms, [&] { order += 'y'; });
  replaced.set(now + 2ms, [&] { order += 'r'; });
  {
    tally::timer destroyed{loop};
    destroyed.set(now + 1ms, [&] { order += 'z'; });
  }
  tally::timer last{loop};
  last.set(now + 3ms, [&] { loop.stop(); });
  loop.run();
  CHECK(order == "r");
}

TEST_CASE("a timer is armed until it expires or is cancelled", "[timer]")
{
  event_loop loop;
  tally::timer timer{loop};
  CHECK_FALSE(timer.armed());
  timer.set(tally::clock::now() + 1h, [] {});
  CHECK(timer.armed());
  timer.cancel();
  CHECK_FALSE(timer.armed());
  bool armed_in_call = true;
  timer.set(tally::clock::now(), [&] {
    armed_in_call = timer.armed();
    loop.stop();
  });
  loop.run();
  CHECK_FALSE(armed_in_call);
}

TEST_CASE("cancel ends a sleep", "[timer]")
{
  event_loop loop;
  tally::timer timer{loop};
  bool awake = false;
  boost::asio::co_spawn(
      loop.get_executor(),
      [&]() -> tally::awaitable<void> {
        co_await timer.sleep_until(tally::clock::now() + 1h);
        awake = true;
        loop.stop();
      },
      boost::asio::detached);
  loop.post([&] { timer.cancel(); });
  loop.run();
  CHECK(awake);
}
