#include "catch.hpp"
#include "redis/link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

TEST_CASE("a reply timer that expires while its link is destroyed calls nothing", "[redis_link]")
{
  boost::asio::io_context context;
  tally::event_loop loop;
  const tcp::acceptor silent{context, {boost::asio::ip::address_v4::loopback(), 0}};
  tally::timer wakeup{loop};
  tally::timer reply_timer{loop};
  tally::timer end{loop};
  auto link = std::make_unique<tally::redis_link>(loop, 1ms, wakeup, reply_timer);
  const tally::redis_command ping{"PING"};
  tally::result<tally::redis_reply> reply = tally::errc::bad_reply;

  link->open({silent.local_endpoint()});
  while (!link->connected())
    loop.run_turn();
  boost::asio::co_spawn(
      loop.get_executor(),
      [&]() -> tally::awaitable<void> { reply = co_await link->request(ping); },
      boost::asio::detached);
  // This turn of the loop takes longer than the reply timeout. In the next one the timer has
  // expired, and the link is closed.
  loop.post([&] {
    for (const auto deadline = tally::clock::now() + 5ms; tally::clock::now() < deadline;) {
    }
    link->close("gone");
    loop.post([&] {
      link.reset();
      end.set(tally::clock::now(), [&] { loop.stop(); }); // one turn later
    });
  });
  loop.run();
  REQUIRE(reply.has_error());
  CHECK(reply.error() == tally::errc::outcome_unknown);
}
