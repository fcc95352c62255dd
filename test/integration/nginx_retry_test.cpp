// nginx passes a visit on to the next replica only if no replica can have received any of it.
#include "catch.hpp"
#include "http_client.hpp"
#include "nginx_server.hpp"
#include "scripted_peer.hpp"
#include "tcp_listener.hpp"
#include "tcp_stream.hpp"
#include "text.hpp"
#include "wait.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <utility>
#include <vector>

using namespace tally::test;

namespace {

const std::string get = request_text("GET", "/count");
const std::string post = request_text("POST", "/count", "Content-Length: 5\r\n") + "hello";

http_response answer_to(const nginx_server& nginx, const std::string& request)
{
  http_client client{nginx.port()};
  client.send(request);
  return client.read();
}

/// Reads one request, with the body of `post` if it is a POST; false at the end of the stream.
bool read_request(tcp_stream& connection)
{
  for (std::string request;;) {
    const auto bytes = connection.read_some();
    if (bytes.empty())
      return false;
    request += bytes;
    if (request.ends_with(request.starts_with("POST") ? "\r\n\r\nhello" : "\r\n\r\n"))
      return true;
  }
}

/// Whether the access log shows an attempt at `port` and another one after it. nginx may write the
/// log after the answer.
bool passed_on(const nginx_server& nginx, const reserved_port& port)
{
  const auto attempt = std::to_string(port.number()) + " : ";
  return eventually([&] { return contains(nginx.access_log(), attempt); });
}

/// Stands in for tally.
class replica {
public:
  /// `requests`: how many requests the first connections serve. Each then reads one byte of the
  /// next request and hangs up. All later connections serve everything.
  explicit replica(std::vector<int> requests = {})
      : requests_{std::move(requests)}, peer_{[this](tcp_stream& connection) { serve(connection); }}
  {
  }

  std::uint16_t port() const { return peer_.port(); }
  int served() const { return served_; }
  int broken() const { return broken_; }

private:
  void serve(tcp_stream& connection)
  {
    auto left = std::numeric_limits<int>::max();
    if (connections_ < requests_.size())
      left = requests_[connections_++];
    for (; left > 0; --left) {
      if (!read_request(connection))
        return;
      ++served_;
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n7\n");
    }
    if (!connection.read_some(1).empty())
      ++broken_;
  }

  std::vector<int> requests_;
  std::size_t connections_ = 0;
  std::atomic<int> served_{0};
  std::atomic<int> broken_{0};
  scripted_peer peer_; // last: its thread uses the others
};

/// A port whose queue of connections is full: the system drops further attempts to connect.
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

TEST_CASE("a visit that cannot connect to a replica is passed on", "[integration]")
{
  reserved_port closed;
  replica tally;
  nginx_server nginx{closed.number(), tally.port()};
  for (const auto& request : {get, post, get, post}) {
    INFO(request);
    CHECK(answer_to(nginx, request).status == 200);
  }
  CHECK(tally.served() == 4);
  CHECK(passed_on(nginx, closed));
}

TEST_CASE("a visit to a replica that accepts no connection is passed on in time", "[integration]")
{
  full_port full;
  replica tally;
  nginx_server nginx{full.number(), tally.port()};
  CHECK(answer_to(nginx, get).status == 200);
  CHECK(answer_to(nginx, post).status == 200);
  CHECK(tally.served() == 2);
  CHECK(passed_on(nginx, full));
}

TEST_CASE("a visit is not passed on once a byte of it was sent", "[integration]")
{
  const auto request = GENERATE(get, post);
  INFO(request);
  replica first{{0, 0}};
  replica second{{0, 0}};
  nginx_server nginx{first.port(), second.port()};
  CHECK(answer_to(nginx, request).status == 504);
  CHECK(first.broken() + second.broken() == 1);
  CHECK(first.served() + second.served() == 0);
}

TEST_CASE("a visit is not passed on when a kept connection breaks", "[integration]")
{
  const auto request = GENERATE(get, post);
  INFO(request);
  replica first{{1}};
  replica second{{1}};
  nginx_server nginx{first.port(), second.port()};
  CHECK(answer_to(nginx, request).status == 200);
  CHECK(answer_to(nginx, request).status == 200);
  CHECK(answer_to(nginx, request).status == 504);
  CHECK(first.broken() + second.broken() == 1);
  CHECK(first.served() + second.served() == 2);
}

TEST_CASE("a visit that was passed on is not passed on again once it was sent", "[integration]")
{
  const auto request = GENERATE(get, post);
  INFO(request);
  reserved_port closed;
  replica breaking{{0, 0}};
  nginx_server nginx{closed.number(), breaking.port()};
  CHECK(answer_to(nginx, request).status == 504);
  CHECK(breaking.broken() == 1);
  CHECK(breaking.served() == 0);
  CHECK(passed_on(nginx, closed));
}

TEST_CASE("a visit that no replica takes is refused after eight attempts", "[integration]")
{
  reserved_port first;
  reserved_port second;
  nginx_server nginx{first.number(), second.number()};
  const auto response = answer_to(nginx, post);
  CHECK(response.status == 503);
  CHECK(response.has("Retry-After"));
  CHECK(contains(response.body, "not counted"));
  CHECK(eventually([&] { return contains(nginx.access_log(), "\n"); }));
  INFO(nginx.access_log());
  CHECK(occurrences(nginx.access_log(), "127.0.0.1:") == 8);
}

TEST_CASE("when all replicas have failed they still get visits", "[integration]")
{
  replica first{{0}};
  replica second{{0}};
  nginx_server nginx{first.port(), second.port()};
  CHECK(answer_to(nginx, get).status == 504);
  CHECK(answer_to(nginx, get).status == 504);
  CHECK(answer_to(nginx, get).status == 200);
}

TEST_CASE("a visit that fails within nginx is not counted", "[integration]")
{
  replica tally;
  nginx_server nginx{tally.port()};
  nginx.lose_temporary_files();
  auto request = request_text("POST", "/count", "Transfer-Encoding: chunked\r\n");
  for (int i = 0; i < 4096; ++i) // nginx's buffer holds fewer such chunks
    request += "1\r\na\r\n";
  const auto response = answer_to(nginx, request + "0\r\n\r\n");
  CHECK(response.status == 503);
  CHECK(response.has("Retry-After"));
  CHECK(answer_to(nginx, get).status == 200);
  CHECK(tally.served() == 1);
}
