#include "catch.hpp"

#include <tally/listener.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <list>

namespace {

// The descriptors in the hands of somebody who closes them.
class open_listeners {
public:
  explicit open_listeners(const tally::listening& from)
  {
    for (const auto each : from.descriptors)
      listeners_.emplace_back(loop_, from.at.protocol(), each);
  }

  const std::list<boost::asio::ip::tcp::acceptor>& all() const { return listeners_; }

private:
  boost::asio::io_context loop_;
  std::list<boost::asio::ip::tcp::acceptor> listeners_;
};

} // namespace

TEST_CASE("port 0 becomes a port that several workers share", "[listener]")
{
  const auto got = tally::listen("127.0.0.1", 0, 3);
  REQUIRE(got.has_value());
  const open_listeners open{*got};
  CHECK(got->at.port() != 0);
  CHECK(open.all().size() == 3);
  for (const auto& each : open.all())
    CHECK(each.local_endpoint() == got->at);
}

TEST_CASE("a port on which another Tally listens is refused by name", "[listener]")
{
  const auto got = tally::listen("127.0.0.1", 0, 2);
  REQUIRE(got.has_value());
  const open_listeners running{*got};
  const auto second = tally::listen("127.0.0.1", got->at.port(), 2);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error() == "cannot listen on 127.0.0.1 port " + std::to_string(got->at.port()) +
                              ": Address already in use; end what listens there or set PORT to "
                              "another");
}

TEST_CASE("an address of another machine is refused by name", "[listener]")
{
  const auto got = tally::listen("192.0.2.1", 0, 1); // RFC 5737: never ours
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().find("192.0.2.1") != std::string::npos);
}
