#include "catch.hpp"
#include "unit/net/connected_stream.hpp"

#include <boost/asio/error.hpp>

#include <cstddef>

TEST_CASE("a stream is readable after bytes have arrived", "[socket_stream]")
{
  connected_stream connection;
  CHECK_FALSE(connection.stream.readable());
  connection.send_from_peer("hello");
  connection.run_turns();
  CHECK(connection.readable_events == 1);
  CHECK(connection.stream.readable());
  CHECK(connection.read() == "hello");
  CHECK_FALSE(connection.stream.readable());
  connection.run_turns();
  CHECK(connection.readable_events == 1);
}

TEST_CASE("a read without bytes fails with would_block", "[socket_stream]")
{
  connected_stream connection;
  CHECK(connection.read_error() == boost::asio::error::would_block);
  connection.send_from_peer("hello");
  connection.run_turns();
  CHECK(connection.read() == "hello");
  CHECK(connection.read_error() == boost::asio::error::would_block);
}

TEST_CASE("bytes that do not fit in one read are reported again in the next turn",
          "[socket_stream]")
{
  connected_stream connection;
  connection.send_from_peer("hello world");
  connection.run_turns();
  CHECK(connection.read(5) == "hello");
  CHECK_FALSE(connection.stream.readable()); // not in this turn
  connection.run_turns();
  CHECK(connection.readable_events == 2);
  CHECK(connection.stream.readable());
  CHECK(connection.read() == " world");
  CHECK_FALSE(connection.stream.readable());
}

TEST_CASE("the end of the stream is a read of no bytes", "[socket_stream]")
{
  connected_stream connection;
  connection.shut_down_peer();
  connection.run_turns();
  CHECK(connection.readable_events == 1);
  CHECK(connection.stream.readable());
  CHECK(connection.read().empty());
}

TEST_CASE("the end of the stream follows the last bytes", "[socket_stream]")
{
  connected_stream connection;
  connection.send_from_peer("bye");
  connection.close_peer();
  connection.run_turns();
  CHECK(connection.readable_events == 1);
  CHECK(connection.read() == "bye");
  CHECK_FALSE(connection.stream.readable()); // the end is reported in the next turn
  connection.run_turns();
  CHECK(connection.readable_events == 2);
  CHECK(connection.stream.readable());
  CHECK(connection.read().empty());
}

TEST_CASE("a write that has blocked continues when the peer has read", "[socket_stream]")
{
  connected_stream connection;
  const std::size_t written = connection.fill();
  CHECK(written > 0);
  connection.run_turns();
  CHECK(connection.writable_events == 0);

  CHECK(connection.receive_at_peer().size() == written);
  connection.run_turns();
  CHECK(connection.writable_events == 1);
  const auto count = connection.stream.write("rest");
  REQUIRE(count.has_value());
  CHECK(*count == 4);
  CHECK(connection.receive_at_peer() == "rest");
  connection.run_turns();
  CHECK(connection.writable_events == 1);
}

TEST_CASE("a stream is readable while its write is blocked", "[socket_stream]")
{
  connected_stream connection;
  connection.fill();
  connection.send_from_peer("hello");
  connection.run_turns();
  CHECK(connection.readable_events == 1);
  CHECK(connection.writable_events == 0);
  CHECK(connection.read() == "hello");
}

TEST_CASE("a write that has blocked fails when the peer has closed", "[socket_stream]")
{
  connected_stream connection;
  connection.fill();
  connection.close_peer();
  connection.run_turns();
  CHECK(connection.writable_events == 1);
  const auto count = connection.stream.write("rest");
  REQUIRE(count.has_error());
  CHECK(count.error() != boost::asio::error::would_block);
}

TEST_CASE("shutdown ends the direction to the peer only", "[socket_stream]")
{
  connected_stream connection;
  REQUIRE(connection.stream.write("bye").has_value());
  connection.stream.shutdown();
  CHECK(connection.receive_at_peer() == "bye");
  CHECK(connection.peer_at_end());
  connection.send_from_peer("hello");
  connection.run_turns();
  CHECK(connection.read() == "hello");
}

TEST_CASE("a closed stream reports no events", "[socket_stream]")
{
  connected_stream connection;
  connection.send_from_peer("hello");
  connection.stream.close();
  connection.run_turns();
  CHECK(connection.readable_events == 0);
  connection.stream.close(); // has no effect
}
