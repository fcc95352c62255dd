#include "conformance.hpp"

#include "catch.hpp"
#include "http_client.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <utility>

namespace tally::test {

namespace {

// Escapes bytes for the report of a failed check.
std::string printable(std::string_view bytes)
{
  constexpr std::size_t max_size = 240;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes.substr(0, max_size)) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\r')
      text += "\\r";
    else if (byte == '\n')
      text += "\\n";
    else if (code < 0x20 || code > 0x7e)
      text.append("\\x").append({digits[code / 16], digits[code % 16]});
    else
      text += byte;
  }
  return bytes.size() > max_size ? text + "..." : text;
}

// Sends up to 1 KiB byte by byte, and more in about 1024 pieces to keep the test short.
void send_in_pieces(http_client& client, std::string_view bytes)
{
  const auto size = bytes.size() / 1024 + 1;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
    client.send(bytes.substr(0, size));
}

std::string following_request(ending end)
{
  switch (end) {
  case ending::stays_open:
    return request_text("GET", "/livez");
  case ending::closes:
    return request_text("GET", "/count");
  default:
    return {};
  }
}

void check_headers(const http_response& response)
{
  CHECK(response.version == "HTTP/1.1");
  if (response.status < 200)
    return;
  CHECK(response.header("Server") == "tally");
  CHECK(response.has("Date"));
  if (response.status < 400)
    return;
  CHECK(response.header("Content-Type").starts_with("text/plain"));
  CHECK(response.has("Content-Length"));
}

} // namespace

expected_response head_response(int status)
{
  expected_response response{status};
  response.without_body = true;
  return response;
}

exchange served(std::string name, std::string bytes)
{
  return {.name = std::move(name), .bytes = std::move(bytes), .responses = {200}, .visits = 1};
}

exchange refused(std::string name, std::string bytes, std::vector<int> statuses)
{
  return {.name = std::move(name),
          .bytes = std::move(bytes),
          .responses = {std::move(statuses)},
          .end = ending::closes};
}

exchange refused_immediately(std::string name, std::string bytes, std::vector<int> statuses)
{
  exchange result = refused(std::move(name), std::move(bytes), std::move(statuses));
  result.end = ending::closes_immediately;
  return result;
}

void conformance::check(const std::vector<exchange>& exchanges)
{
  for (const exchange& each : exchanges)
    for (const auto mode : {delivery::in_one_piece, delivery::byte_by_byte, delivery::pipelined})
      if (!passes(each, mode))
        break;
}

bool conformance::passes(const exchange& expected, delivery mode)
{
  constexpr std::array names{"in one piece", "byte by byte", "behind another request"};
  INFO(printable(expected.name) << ", " << names.at(static_cast<std::size_t>(mode)) << ": "
                                << printable(expected.bytes));
  int visits = 0;
  bool delivered = true;
  try {
    visits = deliver(expected, mode);
  } catch (const std::exception& error) {
    delivered = false;
    FAIL_CHECK(error.what());
  }
  const auto total_before = std::exchange(total_, redis_.visits());
  CHECK(total_ - total_before == visits);
  return delivered && total_ - total_before == visits;
}

// Returns how many visits must be counted; throws when the exchange differs from `expected`.
int conformance::deliver(const exchange& expected, delivery mode) const
{
  auto client = tally_.connect();
  const bool pipelined = mode == delivery::pipelined;
  if (mode == delivery::byte_by_byte) {
    send_in_pieces(client, expected.bytes);
    client.send(following_request(expected.end));
  } else {
    client.send((pipelined ? request_text("GET", "/livez") : "") + expected.bytes +
                following_request(expected.end));
  }
  if (pipelined)
    CHECK(client.read().body == "ok\n");

  http_response response;
  for (const expected_response& each : expected.responses) {
    response = client.read(each.without_body);
    check_headers(response);
    if (response.status >= 400 && !each.without_body)
      CHECK(is_one_line(response.body));
    if (std::ranges::count(each.statuses, response.status) == 0)
      throw std::runtime_error{"unexpected status " + std::to_string(response.status)};
  }
  if (expected.end == ending::stays_open) {
    if (response.closes() || client.read().body != "ok\n")
      throw std::runtime_error{"the connection does not stay open"};
  } else if (expected.end != ending::either) {
    if (!response.closes() || !client.ended())
      throw std::runtime_error{"the connection stays open"};
  }
  return expected.visits;
}

} // namespace tally::test
