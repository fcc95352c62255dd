#include "catch.hpp"
#include "process.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <exception>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace tally::test;

namespace {

/// Starts a tally for which the name of Redis resolves to these addresses, in this order.
tally_process with_addresses(const std::string& addresses, const redis_server& redis,
                             environment variables = {})
{
  variables.merge(environment{{"FAULTY_ADDRESSES", addresses},
                              {"REDIS_HOST", "redis.test"},
                              {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "1000"}});
  return tally_process{pointing_at(redis, std::move(variables)), {TALLY_ON_FAULTY_SYSTEM}};
}

/// Listens on 127.0.0.9, which no other test uses, and never accepts.
class silent_listener {
public:
  silent_listener(std::uint16_t port, int backlog) : socket_{::socket(AF_INET, SOCK_STREAM, 0)}
  {
    const int enabled = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof enabled);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 8);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 ||
        ::listen(socket_, backlog) < 0)
      throw std::system_error{errno, std::generic_category(), "listen on 127.0.0.9"};
  }
  ~silent_listener() { ::close(socket_); }
  silent_listener(const silent_listener&) = delete;
  silent_listener& operator=(const silent_listener&) = delete;

private:
  int socket_;
};

/// An address that drops connections: the kernel drops a SYN when the accept queue is full.
class black_hole {
public:
  explicit black_hole(std::uint16_t port) : listener_{port, 0}, queued_{port, "127.0.0.9"} {}

private:
  silent_listener listener_;
  tcp_stream queued_;
};

/// A read-only replica on 127.0.0.9, on the port of its master.
class redis_replica {
public:
  explicit redis_replica(const redis_server& master)
      : process_{{"redis-server", "--bind", "127.0.0.9", "--port", std::to_string(master.port()),
                  "--dir", folder_.path().string(), "--save", "", "--replicaof", "127.0.0.1",
                  std::to_string(master.port())}}
  {
    REQUIRE(eventually([&] {
      try {
        tcp_stream client{master.port(), "127.0.0.9"};
        client.send("PING\r\n");
        return contains(client.read_some(), "PONG");
      } catch (const std::exception&) {
        return false;
      }
    }));
  }

private:
  temporary_folder folder_;
  process process_;
};

} // namespace

TEST_CASE("a Redis address that drops connections does not hide one that works", "[integration]")
{
  redis_server redis;
  black_hole hole{redis.port()};
  tally_process tally = with_addresses("127.0.0.9,127.0.0.1", redis);
  tally.wait_for_event("redis_ready");
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("a Redis address that never replies does not hide one that works", "[integration]")
{
  redis_server redis;
  silent_listener silent{redis.port(), 16};
  tally_process tally =
      with_addresses("127.0.0.9,127.0.0.1", redis, {{"TALLY_REDIS_REPLY_TIMEOUT_MS", "86400000"}});
  tally.wait_for_event("redis_ready");
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("a read-only replica does not hide the master", "[integration]")
{
  redis_server redis;
  redis_replica read_only{redis};
  tally_process tally = with_addresses("127.0.0.9,127.0.0.1", redis);
  tally.wait_for_event("redis_ready");
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("tally reports the error of the address that got furthest", "[integration]")
{
  redis_server redis;
  redis_replica read_only{redis};
  redis.kill();
  const std::string addresses = GENERATE("127.0.0.1,127.0.0.9", "127.0.0.9,127.0.0.1");
  INFO(addresses);
  tally_process tally = with_addresses(addresses, redis);
  const auto event = tally.wait_for_event("redis_unreachable");
  const std::string reason = event.at("reason").as_string().c_str();
  INFO(reason);
  CHECK(contains(reason, "127.0.0.9:" + std::to_string(redis.port()) + ": READONLY"));
  CHECK(contains(tally.wait_for_readyz(503), reason));
}

TEST_CASE("a name lookup that hangs does not delay shutdown", "[integration]")
{
  redis_server redis{redis_server::absent};
  tally_process tally = with_addresses("never", redis, {{"TALLY_THREADS", "2"}});
  const auto event = tally.wait_for_event("redis_unreachable", 2);
  CHECK(contains(event.at("reason").as_string().c_str(), "cannot resolve redis.test in time"));
  CHECK(tally.stop() == 0);
}
