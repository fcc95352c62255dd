#include "upstream.hpp"

namespace tally::test {

upstream::upstream(int max_requests)
    : peer_{[this, max_requests](tcp_stream& connection) { serve(connection, max_requests); }}
{
}

std::vector<std::string> upstream::requests() const
{
  const std::lock_guard lock{mutex_};
  return requests_;
}

void upstream::serve(tcp_stream& connection, int max_requests)
{
  for (int served = 0;; ++served) {
    std::string request;
    while (!request.ends_with("\r\n\r\n")) {
      const auto bytes = connection.read_some();
      if (bytes.empty())
        return;
      request += bytes;
    }
    {
      const std::lock_guard lock{mutex_};
      requests_.push_back(request);
    }
    if (served == max_requests)
      return;
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n7\n");
  }
}

} // namespace tally::test
