#include "upstream.hpp"

#include "http_client.hpp"

#include <sstream>
#include <utility>

namespace tally::test {

upstream::upstream(responder respond)
    : respond_{std::move(respond)}, max_requests_{std::numeric_limits<int>::max()},
      peer_{[this](tcp_stream& connection) { serve(connection); }}
{
}

upstream::upstream(int max_requests)
    : respond_{[](const std::string&) { return response_text("200 OK", {}, "7\n"); }},
      max_requests_{max_requests}, peer_{[this](tcp_stream& connection) { serve(connection); }}
{
}

std::vector<std::string> upstream::requests() const
{
  const std::lock_guard lock{mutex_};
  return requests_;
}

void upstream::serve(tcp_stream& connection)
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
    if (served == max_requests_)
      return;
    connection.send(respond_(request));
  }
}

std::string response_text(std::string_view status, std::string_view fields, std::string_view body)
{
  std::ostringstream text;
  text << "HTTP/1.1 " << status << "\r\n"
       << fields << content_length(body.size()) << "\r\n"
       << body;
  return text.str();
}

} // namespace tally::test
