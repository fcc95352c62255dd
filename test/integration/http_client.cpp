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
    throw std::runtime_error{"not an HTTP response: " + std::string{line}};
  response.version = line.substr(0, 8);
  response.status = std::stoi(std::string{line.substr(9, 3)});
  for (head.remove_prefix(line.size() + 2); !head.starts_with("\r\n");) {
    const auto field = head.substr(0, head.find("\r\n"));
    head.remove_prefix(field.size() + 2);
    const auto colon = field.find(": ");
    if (colon == std::string_view::npos)
      throw std::runtime_error{"not a header field: " + std::string{field}};
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
    throw std::runtime_error{"not a number: " + std::to_string(status) + ' ' + body};
  return std::stoll(digits);
}

http_response http_client::read(bool without_body)
{
  auto response = parse_head(stream_.read_until("\r\n\r\n"));
  if (without_body || response.status < 200 || response.status == 204 || response.status == 304)
    return response;
  if (response.header("Transfer-Encoding") == "chunked")
    response.body = read_chunks();
  else if (response.has("Content-Length"))
    response.body = stream_.read_exactly(std::stoul(response.header("Content-Length")));
  else
    throw std::runtime_error{"the response has no length"};
  return response;
}

http_response http_client::request(std::string_view method, std::string_view target,
                                   std::string_view fields)
{
  send(request_text(method, target, fields));
  return read(method == "HEAD");
}

std::vector<http_response> http_client::pipeline(const std::vector<std::string>& requests)
{
  std::string bytes;
  for (const auto& each : requests)
    bytes += each;
  send(bytes);
  std::vector<http_response> responses;
  while (responses.size() != requests.size())
    responses.push_back(read());
  return responses;
}

std::string http_client::read_chunks()
{
  std::string body;
  for (;;) {
    const auto size = std::stoul(stream_.read_until("\r\n"), nullptr, 16);
    body += stream_.read_exactly(size);
    if (stream_.read_exactly(2) != "\r\n")
      throw std::runtime_error{"a chunk does not end where its size says"};
    if (size == 0)
      return body;
  }
}

std::string request_text(std::string_view method, std::string_view target, std::string_view fields)
{
  return std::string{method} + ' ' + std::string{target} + " HTTP/1.1\r\nHost: tally.test\r\n" +
         std::string{fields} + "\r\n";
}

std::string visit_text()
{
  return request_text("GET", "/count");
}

std::string post_text(std::string_view fields, std::string_view body)
{
  return request_text("POST", "/count", fields).append(body);
}

std::string chunked_post_text(std::string_view body)
{
  return post_text("Transfer-Encoding: chunked\r\n", body);
}

std::string content_length(std::size_t size)
{
  return "Content-Length: " + std::to_string(size) + "\r\n";
}

http_response fetch(std::uint16_t port, std::string_view target, std::string_view method,
                    std::string_view fields)
{
  return http_client{port}.request(method, target, fields);
}

} // namespace tally::test
