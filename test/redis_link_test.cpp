#include "../src/redis_link.hpp"
#include "catch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

TEST_CASE("a reply timeout that was due when its link ended touches nothing", "[redis_link]")
{
  boost::asio::io_context loop{1};
  const tcp::acceptor silent{loop, {boost::asio::ip::address_v4::loopback(), 0}};
  tally::timer changed{loop.get_executor()};
  tally::poller poller{loop.get_executor()};
  auto link = std::make_unique<tally::redis_link>(loop.get_executor(), poller, 1ms, changed);
  const tally::redis_command ping{"PING"};
  tally::result<tally::redis_reply> reply = tally::errc::bad_reply;

  link->open(silent.local_endpoint());
  while (!link->connected())
    loop.run_one();
  boost::asio::co_spawn(
      loop.get_executor(), [&]() -> tally::awaitable<void> { reply = co_await link->send(ping); },
      boost::asio::detached);
  // One turn of the loop that takes longer than the deadline: when the loop next looks, the end of
  // the link is queued already, and the timer's handler comes behind it.
  boost::asio::post(loop, [&] {
    for (const auto due = tally::clock::now() + 5ms; tally::clock::now() < due;) {
    }
    link->close("gone");
    boost::asio::post(loop, [&] {
      link.reset();
      poller.stop();
    });
  });
  loop.run();
  REQUIRE(reply.has_error());
  CHECK(reply.error() == tally::errc::unknown);
}
