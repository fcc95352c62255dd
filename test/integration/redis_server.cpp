#include "redis_server.hpp"

#include <stdexcept>
#include <utility>

namespace tally::test {

redis_server::redis_server(options configuration) : options_{std::move(configuration)}
{
  start();
}

void redis_server::start()
{
  std::vector<std::string> words{"redis-server", "--bind", "127.0.0.1", "--port",
                                 std::to_string(port())};
  words.insert(words.end(), {"--dir", folder_.path().string(), "--save", "", "--daemonize", "no"});
  words.insert(words.end(), {"--appendonly", "yes", "--appendfsync", "always"});
  if (!options_.password.empty())
    words.insert(words.end(), {"--requirepass", options_.password});
  words.insert(words.end(), options_.directives.begin(), options_.directives.end());
  process_.emplace(words, options_.variables);
  if (!eventually([this] { return responds() || !process_->running(); }) || !process_->running())
    throw std::runtime_error{"redis-server does not respond:\n" + process_->output()};
}

redis_client redis_server::connect() const
{
  redis_client client{port()};
  if (!options_.password.empty())
    client.command({"AUTH", options_.password});
  return client;
}

long long redis_server::visits(const std::string& counter) const
{
  const auto key = counter == "visits" ? counter : "{visits}:" + counter;
  return std::stoll(connect().command({"GET", key}).value_or("0"));
}

std::filesystem::path redis_server::append_only_file() const
{
  return folder_.path() / "appendonlydir" / "appendonly.aof.1.incr.aof";
}

bool redis_server::responds() const
{
  // It does not listen yet, or still loads its file.
  return succeeds([this] { return connect().command({"PING"}) == "PONG"; });
}

} // namespace tally::test
