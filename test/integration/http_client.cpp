#include "http_client.hpp"

#include <algorithm>
#include <stdexcept>
#include <strings.h>

namespace tally::test {

namespace {

bool same_name(std::string_view a, std::string_view b)
{
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

http_response parse_head(std::string_view head)
{
  http_response response;
  const auto line = head.substr(0, head.find("\r\n"));
  if (!line.starts_with("HTTP/1.") || line.size() < 12)
    throw std::runtime_error{"no HTTP answer: " + std::string{line}};
  response.version = line.substr(0, 8);
  response.status = std::stoi(std::string{line.substr(9, 3)});
  for (head.remove_prefix(line.size() + 2); !head.starts_with("\r\n");) {
    const auto field = head.substr(0, head.find("\r\n"));
    head.remove_prefix(field.size() + 2);
    const auto colon = field.find(": ");
    if (colon == std::string_view::npos)
      throw std::runtime_error{"no header field: " + std::string{field}};
    response.headers.emplace_back(field.substr(0, colon), field.substr(colon + 2));
  }
  return response;
}

} // namespace

std::string http_response::header(std::string_view name) const
{
  for (const auto& [key, value] : headers)
    if (same_name(key, name))
      return value;
  return {};
}

bool http_response::has(std::string_view name) const
{
  return std::ranges::any_of(headers,
                             [&](const auto& field) { return same_name(field.first, name); });
}

long long http_response::number() const
{
  const auto digits = body.substr(0, body.find_first_not_of("0123456789"));
  if (digits.empty() || body != digits + '\n')
    throw std::runtime_error{"no number: " + std::to_string(status) + ' ' + body};
  return std::stoll(digits);
}

http_response http_client::read(bool to_head)
{
  auto response = parse_head(read_head());
  const bool bodiless =
      to_head || response.status < 200 || response.status == 204 || response.status == 304;
  if (bodiless)
    return response;
  if (response.header("Transfer-Encoding") == "chunked")
    response.body = read_chunks();
  else if (response.has("Content-Length"))
    response.body = read_exactly(std::stoul(response.header("Content-Length")));
  else
    throw std::runtime_error{"an answer without a length"};
  return response;
}

http_response http_client::request(std::string_view method, std::string_view target,
                                   std::string_view fields)
{
  send(request_text(method, target, fields));
  return read(method == "HEAD");
}

bool http_client::ended()
{
  return received_.empty() && stream_.read_some().empty();
}

std::string http_client::read_head()
{
  auto end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    read_more();
  return read_exactly(end + 4);
}

std::string http_client::read_chunks()
{
  std::string body;
  for (;;) {
    auto end = std::string::npos;
    while ((end = received_.find("\r\n")) == std::string::npos)
      read_more();
    const auto size = std::stoul(read_exactly(end + 2), nullptr, 16);
    body += read_exactly(size);
    if (read_exactly(2) != "\r\n")
      throw std::runtime_error{"a chunk does not end where it said"};
    if (size == 0)
      return body;
  }
}

std::string http_client::read_exactly(std::size_t size)
{
  while (received_.size() < size)
    read_more();
  auto bytes = received_.substr(0, size);
  received_.erase(0, size);
  return bytes;
}

void http_client::read_more()
{
  const auto bytes = stream_.read_some();
  if (bytes.empty())
    throw std::runtime_error{"the connection ended before the answer did: \"" + received_ + '"'};
  received_ += bytes;
}

std::string request_text(std::string_view method, std::string_view target, std::string_view fields)
{
  return std::string{method} + ' ' + std::string{target} + " HTTP/1.1\r\nHost: tally.test\r\n" +
         std::string{fields} + "\r\n";
}

http_response fetch(std::uint16_t port, std::string_view target, std::string_view method,
                    std::string_view fields)
{
  return http_client{port}.request(method, target, fields);
}

} // namespace tally::test
