#include "catch.hpp"
#include "redis/link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

TEST_CASE("a reply timeout that was due when its link ended touches nothing", "[redis_link]")
{
  boost::asio::io_context context;
  tally::event_loop loop;
  const tcp::acceptor silent{context, {boost::asio::ip::address_v4::loopback(), 0}};
  tally::timer changed{loop};
  tally::timer oldest_reply{loop};
  tally::timer end{loop};
  auto link = std::make_unique<tally::redis_link>(loop, 1ms, changed, oldest_reply);
  const tally::redis_command ping{"PING"};
  tally::result<tally::redis_reply> reply = tally::errc::bad_reply;

  link->open(silent.local_endpoint());
  while (!link->connected())
    loop.run_turn();
  boost::asio::co_spawn(
      loop.get_executor(), [&]() -> tally::awaitable<void> { reply = co_await link->send(ping); },
      boost::asio::detached);
  // One turn of the loop that takes longer than the deadline: when the loop next looks, the timer
  // is due, and the link has ended.
  loop.post([&] {
    for (const auto due = tally::clock::now() + 5ms; tally::clock::now() < due;) {
    }
    link->close("gone");
    loop.post([&] {
      link.reset();
      end.set(tally::clock::now(), [&] { loop.stop(); }); // a turn later
    });
  });
  loop.run();
  REQUIRE(reply.has_error());
  CHECK(reply.error() == tally::errc::unknown);
}
