#include "catch.hpp"

#include <tally/base/clock.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/timer.hpp>

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
