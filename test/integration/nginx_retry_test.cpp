// nginx retries a visit on the next replica only if no replica can have received any byte of it.
#include "catch.hpp"
#include "fake_replica.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "tcp_listener.hpp"
#include "tcp_stream.hpp"
#include "text.hpp"
#include "wait.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <system_error>

using namespace tally::test;

namespace {

const std::string get_visit = visit_text();
const std::string post_visit = post_text(content_length(5), "hello");

http_response response_to(const nginx_server& nginx, const std::string& request)
{
  http_client client{nginx.port()};
  client.send(request);
  return client.read();
}

/// Whether the access log shows an attempt at `port` and another one after it. Waits, since nginx
/// writes the log after it has responded.
bool retried(const nginx_server& nginx, const reserved_port& port)
{
  const auto attempt = std::to_string(port.number()) + " : ";
  return eventually([&] { return contains(nginx.access_log(), attempt); });
}

/// A port with a full accept queue: the kernel drops further connection attempts.
class full_port : public reserved_port {
public:
  full_port()
  {
    if (::listen(socket(), 0) < 0)
      throw std::system_error{errno, std::generic_category(), "listen"};
    client_.emplace(number());
  }

private:
  std::optional<tcp_stream> client_;
};

} // namespace

TEST_CASE("nginx retries a visit that cannot connect to a replica", "[integration]")
{
  reserved_port closed;
  fake_replica tally;
  nginx_server nginx{closed.number(), tally.port()};
  for (const auto& request : {get_visit, post_visit, get_visit, post_visit}) {
    INFO(request);
    CHECK(response_to(nginx, request).status == 200);
  }
  CHECK(tally.served() == 4);
  CHECK(retried(nginx, closed));
}

TEST_CASE("nginx retries a visit in time if a replica accepts no connection", "[integration]")
{
  full_port full;
  fake_replica tally;
  nginx_server nginx{full.number(), tally.port()};
  CHECK(response_to(nginx, get_visit).status == 200);
  CHECK(response_to(nginx, post_visit).status == 200);
  CHECK(tally.served() == 2);
  CHECK(retried(nginx, full));
}

TEST_CASE("nginx does not retry a visit once a byte of it was sent", "[integration]")
{
  const auto request = GENERATE(get_visit, post_visit);
  INFO(request);
  fake_replica first{{0, 0}};
  fake_replica second{{0, 0}};
  nginx_server nginx{first.port(), second.port()};
  CHECK(response_to(nginx, request).status == 504);
  CHECK(first.broken() + second.broken() == 1);
  CHECK(first.served() + second.served() == 0);
}

TEST_CASE("nginx does not retry a visit when a keep-alive connection breaks", "[integration]")
{
  const auto request = GENERATE(get_visit, post_visit);
  INFO(request);
  fake_replica first{{1}};
  fake_replica second{{1}};
  nginx_server nginx{first.port(), second.port()};
  CHECK(response_to(nginx, request).status == 200);
  CHECK(response_to(nginx, request).status == 200);
  CHECK(response_to(nginx, request).status == 504);
  CHECK(first.broken() + second.broken() == 1);
  CHECK(first.served() + second.served() == 2);
}

TEST_CASE("nginx does not retry a visit again once a retry was sent", "[integration]")
{
  const auto request = GENERATE(get_visit, post_visit);
  INFO(request);
  reserved_port closed;
  fake_replica breaking{{0, 0}};
  nginx_server nginx{closed.number(), breaking.port()};
  CHECK(response_to(nginx, request).status == 504);
  CHECK(breaking.broken() == 1);
  CHECK(breaking.served() == 0);
  CHECK(retried(nginx, closed));
}

TEST_CASE("nginx refuses a visit after eight failed connection attempts", "[integration]")
{
  reserved_port first;
  reserved_port second;
  nginx_server nginx{first.number(), second.number()};
  const auto response = response_to(nginx, post_visit);
  CHECK(response.status == 503);
  CHECK(response.has("Retry-After"));
  CHECK(contains(response.body, "not counted"));
  CHECK(eventually([&] { return contains(nginx.access_log(), "\n"); }));
  INFO(nginx.access_log());
  CHECK(occurrences(nginx.access_log(), "127.0.0.1:") == 8);
}

TEST_CASE("nginx still sends visits to replicas when all have failed", "[integration]")
{
  fake_replica first{{0}};
  fake_replica second{{0}};
  nginx_server nginx{first.port(), second.port()};
  CHECK(response_to(nginx, get_visit).status == 504);
  CHECK(response_to(nginx, get_visit).status == 504);
  CHECK(response_to(nginx, get_visit).status == 200);
}

TEST_CASE("a visit that fails inside nginx is not counted", "[integration]")
{
  fake_replica tally;
  nginx_server nginx{tally.port()};
  nginx.remove_temporary_files();
  std::string chunks;
  for (int i = 0; i < 4096; ++i) // more than fit into nginx's buffer
    chunks += "1\r\na\r\n";
  const auto response = response_to(nginx, chunked_post_text(chunks + "0\r\n\r\n"));
  CHECK(response.status == 503);
  CHECK(response.has("Retry-After"));
  CHECK(response_to(nginx, get_visit).status == 200);
  CHECK(tally.served() == 1);
}
