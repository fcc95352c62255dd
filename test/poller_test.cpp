#include "catch.hpp"

#include <tally/awaitable.hpp>
#include <tally/poller.hpp>

#include <chrono>

namespace {

// Never done: puts itself off, turn after turn.
class restless final : public tally::poller::deferred {
public:
  explicit restless(tally::poller& on) : poller_{on} {}
  int turns() const { return turns_; }
  void rest() { rests_ = true; }

private:
  void on_turn_end() override
  {
    ++turns_;
    if (!rests_)
      poller_.defer_to_next(*this);
  }

  tally::poller& poller_;
  int turns_ = 0;
  bool rests_ = false;
};

} // namespace

TEST_CASE("what is put off for ever leaves the loop to others, too", "[poller]")
{
  boost::asio::io_context loop{1};
  tally::poller poller{loop.get_executor()};
  restless task{poller};
  tally::timer due{loop.get_executor(), std::chrono::milliseconds{20}};
  int turns = 0;
  due.async_wait([&](const boost::system::error_code&) {
    turns = task.turns();
    task.rest();
    poller.stop();
  });
  poller.defer(task);
  loop.run();
  CHECK(turns > 1);
  CHECK(task.turns() == turns + 1);
}
