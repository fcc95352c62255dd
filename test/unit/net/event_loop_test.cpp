#include "catch.hpp"

#include <tally/base/clock.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/timer.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>

using namespace std::chrono_literals;
using tally::event_loop;

namespace {

// Deferred work that calls a function.
class deferred_call final : public event_loop::deferred {
public:
  explicit deferred_call(std::function<void()> work) : work_{std::move(work)} {}

private:
  void on_turn_end() override { work_(); }
  std::function<void()> work_;
};

// A descriptor that is ready from the start.
class ready_descriptor final : event_loop::event_handler {
public:
  ready_descriptor(event_loop& loop, std::function<void()> work)
      : work_{std::move(work)}, descriptor_{eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)}
  {
    loop.add(descriptor_, EPOLLIN, *this);
  }
  ~ready_descriptor() { close(descriptor_); }
  ready_descriptor(const ready_descriptor&) = delete;
  ready_descriptor& operator=(const ready_descriptor&) = delete;

private:
  void on_events(std::uint32_t) override
  {
    eventfd_t count = 0;
    eventfd_read(descriptor_, &count);
    work_();
  }
  std::function<void()> work_;
  int descriptor_;
};

} // namespace

TEST_CASE("a turn calls descriptors, then coroutines, then deferred work", "[event_loop]")
{
  event_loop loop;
  std::string order;
  deferred_call last{[&] {
    order += 'd';
    loop.stop();
  }};
  const ready_descriptor first{loop, [&] {
                                 order += 'e';
                                 loop.defer(last);
                                 boost::asio::post(loop.get_executor(), [&] { order += 'c'; });
                               }};
  loop.run();
  CHECK(order == "ecd");
}

TEST_CASE("work that is deferred twice is called once", "[event_loop]")
{
  event_loop loop;
  int calls = 0;
  deferred_call work{[&] { ++calls; }};
  loop.defer(work);
  loop.defer(work);
  loop.post([] {});
  loop.run_turn();
  CHECK(calls == 1);
}

TEST_CASE("deferred work that is destroyed is not called", "[event_loop]")
{
  event_loop loop;
  int calls = 0;
  {
    deferred_call work{[&] { ++calls; }};
    loop.defer(work);
  }
  loop.post([] {});
  loop.run_turn();
  CHECK(calls == 0);
}

TEST_CASE("work that defers itself in every turn does not block descriptors and timers",
          "[event_loop]")
{
  event_loop loop;
  int turns = 0;
  bool served = false;
  deferred_call repeated{[&] {
    ++turns;
    loop.defer_to_next(repeated);
  }};
  tally::timer limit{loop};
  const ready_descriptor ready{loop, [&] { served = true; }};
  limit.set(tally::clock::now() + 20ms, [&] { loop.stop(); });
  loop.defer(repeated);
  loop.run();
  CHECK(served);
  CHECK(turns > 1);
}

TEST_CASE("a function that another thread posts wakes a waiting loop", "[event_loop]")
{
  event_loop loop;
  std::thread::id ran_on;
  std::thread other{[&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      loop.stop();
    });
  }};
  loop.run();
  other.join();
  CHECK(ran_on == std::this_thread::get_id());
}

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
