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
#include <cstddef>
#include <list>
#include <poll.h>

using boost::asio::ip::tcp;

namespace {

// Clients that send nothing until the server has closed them all.
class silent_clients final : public tally::event_loop::deferred {
public:
  silent_clients(tally::event_loop& loop, const tcp::endpoint& endpoint, std::size_t size)
      : loop_{loop}
  {
    while (clients_.size() < size)
      clients_.emplace_back(context_).connect(
          {boost::asio::ip::address_v4::loopback(), endpoint.port()});
    loop_.defer(*this);
  }

  // How many close their connection themselves, once the server has closed the first one.
  std::size_t leaving = 0;

  std::size_t max_closed_per_turn() const { return max_closed_; }

private:
  // Counts the connections that the server has closed in this turn.
  void on_turn_end() override
  {
    const auto closed = std::erase_if(clients_, was_closed);
    max_closed_ = std::max(max_closed_, closed);
    if (closed != 0)
      for (; leaving != 0 && !clients_.empty(); --leaving)
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
  std::size_t max_closed_ = 0;
};

// A server whose connections expire almost immediately.
class impatient_server {
public:
  impatient_server() { settings_.request_timeout = std::chrono::milliseconds{1}; }

  // Runs until all clients are closed; returns the most that the server closed in one turn.
  std::size_t max_closed_per_turn(std::size_t size, std::size_t leaving)
  {
    const auto listening = tally::listen("127.0.0.1", 0, 1);
    REQUIRE(listening.has_value());
    tally::event_loop loop;
    tally::server server{listening->descriptors[0], loop, router_, settings_, log_};
    silent_clients clients{loop, listening->endpoint, size};
    clients.leaving = leaving;
    bool timed_out = false;
    tally::timer limit{loop};
    limit.set(tally::clock::now() + std::chrono::seconds{20}, [&] {
      timed_out = true;
      loop.stop();
    });
    loop.run();
    CHECK_FALSE(timed_out);
    return clients.max_closed_per_turn();
  }

private:
  tally::http_settings settings_;
  tally::log log_{-1, tally::log_level::error};
  fake_counter counter_;
  tally::router router_{counter_};
};

} // namespace

TEST_CASE("expired sessions are closed a few per turn", "[server]")
{
  const auto closed = impatient_server{}.max_closed_per_turn(300, 0);
  CHECK(closed > 0);
  CHECK(closed < 20);
}

TEST_CASE("clients may close expired connections while the server closes others", "[server]")
{
  CHECK(impatient_server{}.max_closed_per_turn(300, 290) > 0);
  CHECK(impatient_server{}.max_closed_per_turn(2, 1) > 0);
}
