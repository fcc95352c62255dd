#include "sentinel_server.hpp"

#include "text.hpp"
#include "wait.hpp"

#include <stdexcept>

namespace tally::test {

namespace {

std::string configuration(const redis_server& master, std::uint16_t port,
                          const std::string& password)
{
  const std::string name = sentinel_server::service;
  std::string text = "bind 127.0.0.1\nport " + std::to_string(port) + '\n';
  text += "sentinel monitor " + name + " 127.0.0.1 " + std::to_string(master.port()) + " 1\n";
  text += "sentinel down-after-milliseconds " + name + " 500\n";
  text += "sentinel failover-timeout " + name + " 2000\n";
  return password.empty() ? text : text + "requirepass " + password + '\n';
}

} // namespace

redis_server::options replica_of(const redis_server& master)
{
  return {"",
          {"--replicaof", "127.0.0.1", std::to_string(master.port()), "--replica-announce-ip",
           "127.0.0.1"}};
}

sentinel_server::sentinel_server(const redis_server& master, int replicas,
                                 const std::string& password)
    : password_{password},
      process_{{"redis-server",
                folder_.write("sentinel.conf", configuration(master, port(), password)).string(),
                "--sentinel"}}
{
  const auto found = "num-slaves\n" + std::to_string(replicas) + '\n';
  const auto complete = [&] {
    const auto state = *connect().command({"SENTINEL", "MASTER", service});
    const auto details = *connect().command({"SENTINEL", "REPLICAS", service});
    return contains(state, found) && contains(state, "\nflags\nmaster\n") &&
           occurrences(details, "master-link-status\nok\n") == static_cast<std::size_t>(replicas);
  };
  if (!eventually([&] { return succeeds(complete); }))
    throw std::runtime_error{"the sentinel has not found all replicas:\n" + process_.output()};
}

redis_client sentinel_server::connect() const
{
  redis_client client{port()};
  if (!password_.empty())
    client.command({"AUTH", password_});
  return client;
}

std::uint16_t sentinel_server::master_port() const
{
  const auto reply = *connect().command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", service});
  return static_cast<std::uint16_t>(std::stoi(reply.substr(reply.find('\n') + 1)));
}

// A sentinel refuses while it has not heard of a good replica for a while.
void sentinel_server::fail_over() const
{
  wait_for("SENTINEL FAILOVER", [this] {
    return connect().command({"SENTINEL", "FAILOVER", service}) == "OK";
  });
}

} // namespace tally::test
