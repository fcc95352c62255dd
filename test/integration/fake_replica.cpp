#include "fake_replica.hpp"

#include <limits>
#include <string>
#include <utility>

namespace tally::test {

namespace {

// Reads one request; every POST has the body "hello". Returns false at the end of the stream.
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

} // namespace

fake_replica::fake_replica(std::vector<int> max_requests)
    : max_requests_{std::move(max_requests)}, peer_{[this](tcp_stream& connection) {
        serve(connection);
      }}
{
}

void fake_replica::serve(tcp_stream& connection)
{
  auto remaining = std::numeric_limits<int>::max();
  if (connections_ < max_requests_.size())
    remaining = max_requests_[connections_++];
  for (; remaining > 0; --remaining) {
    if (!read_request(connection))
      return;
    ++served_;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n7\n");
  }
  if (!connection.read_some(1).empty())
    ++broken_;
}

} // namespace tally::test
