#include "catch.hpp"
#include "unit/fake_counter.hpp"

#include <tally/base/clock.hpp>
#include <tally/http/server.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/listener.hpp>
#include <tally/net/timer.hpp>
#include <tally/web/router.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <chrono>
#include <list>
#include <poll.h>

using boost::asio::ip::tcp;

namespace {

// Clients that say nothing. At the end of each turn it looks how many of them were shown out in it.
class silent_crowd final : public tally::event_loop::deferred {
public:
  silent_crowd(tally::event_loop& loop, const tcp::endpoint& at, std::size_t size) : loop_{loop}
  {
    while (clients_.size() < size)
      clients_.emplace_back(context_).connect({boost::asio::ip::address_v4::loopback(), at.port()});
    loop_.defer(*this);
  }

  // How many leave by themselves when the first is shown out.
  std::size_t leave = 0;

  std::size_t most_in_a_turn() const { return most_; }

private:
  void on_turn_end() override
  {
    const auto gone = std::erase_if(clients_, was_closed);
    most_ = std::max(most_, gone);
    if (gone != 0)
      for (; leave != 0 && !clients_.empty(); --leave)
        clients_.pop_back();
    if (clients_.empty())
      loop_.stop();
    else
      loop_.defer_to_next(*this);
  }

  static bool was_closed(tcp::socket& client)
  {
    pollfd end{client.native_handle(), POLLRDHUP, 0};
    return poll(&end, 1, 0) == 1;
  }

  tally::event_loop& loop_;
  boost::asio::io_context context_;
  std::list<tcp::socket> clients_;
  std::size_t most_ = 0;
};

// A server that gives nobody any time, until the crowd is gone.
class impatient_server {
public:
  impatient_server() { settings_.request_timeout = std::chrono::milliseconds{1}; }

  std::size_t most_of_a_crowd_in_a_turn(std::size_t size, std::size_t leave)
  {
    const auto on = tally::listen("127.0.0.1", 0, 1);
    REQUIRE(on.has_value());
    tally::event_loop loop;
    tally::server server{on->descriptors[0], loop, router_, settings_, log_};
    silent_crowd crowd{loop, on->at, size};
    crowd.leave = leave;
    bool late = false;
    tally::timer limit{loop};
    limit.set(tally::clock::now() + std::chrono::seconds{20}, [&] {
      late = true;
      loop.stop();
    });
    loop.run();
    CHECK_FALSE(late);
    return crowd.most_in_a_turn();
  }

private:
  tally::http_settings settings_;
  tally::log log_{-1, tally::log_level::error};
  fake_counter counter_;
  tally::router router_{counter_};
};

} // namespace

TEST_CASE("a crowd whose time is up is shown out a few at a time", "[server]")
{
  const auto most = impatient_server{}.most_of_a_crowd_in_a_turn(300, 0);
  CHECK(most > 0);
  CHECK(most < 20);
}

TEST_CASE("a crowd whose time is up may leave by itself meanwhile", "[server]")
{
  CHECK(impatient_server{}.most_of_a_crowd_in_a_turn(300, 290) > 0);
  CHECK(impatient_server{}.most_of_a_crowd_in_a_turn(2, 1) > 0);
}
