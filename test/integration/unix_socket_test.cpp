#include "catch.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "temporary_folder.hpp"
#include "text.hpp"

#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace tally::test;

namespace {

std::string socket_in(const temporary_folder& folder)
{
  return (folder.path() / "redis.sock").string();
}

sockaddr_un address_of(const std::string& path)
{
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  return address;
}

/// A Unix socket that listens and never accepts, and whose queue is full.
class full_socket {
public:
  explicit full_socket(const std::string& path)
  {
    const auto address = address_of(path);
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    open();
    if (::bind(sockets_[0], generic, sizeof address) != 0 || ::listen(sockets_[0], 0) != 0)
      throw std::system_error{errno, std::generic_category(), path};
    while (::connect(open(), generic, sizeof address) == 0)
      ;
    if (errno != EAGAIN)
      throw std::system_error{errno, std::generic_category(), path};
  }
  ~full_socket()
  {
    for (const int each : sockets_)
      ::close(each);
  }
  full_socket(const full_socket&) = delete;
  full_socket& operator=(const full_socket&) = delete;

private:
  int open() { return sockets_.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)); }

  std::vector<int> sockets_;
};

} // namespace

TEST_CASE("tally counts through a Unix socket, also after Redis restarts", "[integration]")
{
  temporary_folder folder;
  const auto path = socket_in(folder);
  redis_server redis{{"p@ss", {"--unixsocket", path}}};
  tally_process tally{{{"REDIS_URL", "unix://:p%40ss@" + path + "?db=2"}}};
  CHECK(tally.wait_for_event("redis_ready").at("address").as_string() == path);
  CHECK(tally.get("/count").number() == 1);
  CHECK(redis.visits() == 0);
  redis.kill();
  tally.wait_for_event("redis_lost");
  redis.start();
  tally.wait_for_event("redis_ready", 2);
  CHECK(tally.get("/count").number() == 2);
  CHECK_FALSE(contains(tally.everything_written(), "p@ss"));
  CHECK(tally.stop() == 0);
}

TEST_CASE("an operator's command uses the Unix socket, too", "[integration]")
{
  temporary_folder folder;
  const auto path = socket_in(folder);
  redis_server redis{{"", {"--unixsocket", path}}};
  redis.connect().command({"SET", "visits", "41"});
  const auto run = run_tally({{"REDIS_URL", "unix://" + path}}, {"get", "visits"});
  CHECK(run.output == "41\n");
  const auto failed = run_tally({{"REDIS_URL", "unix://" + path + ".other"}}, {"get", "visits"});
  CHECK(failed.errors ==
        "tally: cannot use Redis at " + path + ".other: No such file or directory\n");
}

TEST_CASE("a Unix socket that does not exist is reported, and used when it appears",
          "[integration]")
{
  temporary_folder folder;
  const auto path = socket_in(folder);
  tally_process tally{{{"REDIS_URL", "unix://" + path}}};
  tally.wait_for_event("redis_unreachable", 2);
  CHECK(contains(tally.wait_for_readyz(503), "No such file or directory"));
  redis_server redis{{"", {"--unixsocket", path}}};
  tally.wait_for_event("redis_ready");
  CHECK(tally.get("/count").number() == 1);
}

TEST_CASE("a Unix socket whose queue is full is reported", "[integration]")
{
  temporary_folder folder;
  const auto path = socket_in(folder);
  full_socket full{path};
  tally_process tally{{{"REDIS_URL", "unix://" + path}}};
  tally.wait_for_event("redis_unreachable", 2);
  const auto readiness = tally.wait_for_readyz(503);
  INFO(readiness);
  CHECK((contains(readiness, "too many connections wait for the socket") ||
         contains(readiness, "Resource temporarily unavailable"))); // depends on hiredis
}
