#include "catch.hpp"

#include <tally/listener.hpp>

TEST_CASE("port 0 becomes a port that several workers can share", "[listener]")
{
  const auto at = tally::find_endpoint("127.0.0.1", 0);
  REQUIRE(at.has_value());
  CHECK(at->port() != 0);
  boost::asio::io_context loop;
  const auto one = tally::listen(loop.get_executor(), *at);
  const auto other = tally::listen(loop.get_executor(), *at);
  CHECK(one.local_endpoint() == other.local_endpoint());
}

TEST_CASE("a port on which another Tally listens is refused by name", "[listener]")
{
  const auto at = tally::find_endpoint("127.0.0.1", 0);
  REQUIRE(at.has_value());
  boost::asio::io_context loop;
  const auto running = tally::listen(loop.get_executor(), *at);
  const auto second = tally::find_endpoint("127.0.0.1", at->port());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error() == "cannot listen on 127.0.0.1 port " + std::to_string(at->port()) +
                              ": Address already in use; end what listens there or set PORT to "
                              "another");
}

TEST_CASE("an address of another machine is refused by name", "[listener]")
{
  const auto at = tally::find_endpoint("192.0.2.1", 0); // RFC 5737: never ours
  REQUIRE_FALSE(at.has_value());
  CHECK(at.error().find("192.0.2.1") != std::string::npos);
}
