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

// Readable in a failure's report.
std::string printable(std::string_view bytes)
{
  constexpr std::size_t enough = 240;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes.substr(0, enough)) {
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
  return bytes.size() > enough ? text + "..." : text;
}

// So many pieces that each border is crossed, and no more than a test has time for.
void send_in_pieces(http_client& client, std::string_view bytes)
{
  const auto size = bytes.size() / 1024 + 1;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
    client.send(bytes.substr(0, size));
}

std::string what_follows(ending end)
{
  switch (end) {
  case ending::stays:
    return request_text("GET", "/livez");
  case ending::closes:
    return request_text("GET", "/count");
  default:
    return {};
  }
}

void check_form(const http_response& answer)
{
  CHECK(answer.version == "HTTP/1.1");
  if (answer.status < 200)
    return;
  CHECK(answer.header("Server") == "tally");
  CHECK(answer.has("Date"));
  if (answer.status < 400)
    return;
  CHECK(answer.header("Content-Type").starts_with("text/plain"));
  CHECK(answer.has("Content-Length"));
}

} // namespace

awaited_answer to_head(int status)
{
  awaited_answer answer{status};
  answer.to_head = true;
  return answer;
}

exchange served(std::string name, std::string bytes)
{
  return {.name = std::move(name), .bytes = std::move(bytes), .answers = {200}, .visits = 1};
}

exchange served_or_refused(std::string name, std::string bytes)
{
  exchange either = served(std::move(name), std::move(bytes));
  either.or_refused = true;
  return either;
}

exchange refused(std::string name, std::string bytes, std::vector<int> statuses)
{
  return {.name = std::move(name),
          .bytes = std::move(bytes),
          .answers = {std::move(statuses)},
          .end = ending::closes};
}

std::string post(std::string_view fields, std::string_view body)
{
  return request_text("POST", "/count", fields).append(body);
}

std::string post_chunked(std::string_view body)
{
  return post("Transfer-Encoding: chunked\r\n", body);
}

void conformance::check(const std::vector<exchange>& all)
{
  for (const exchange& each : all)
    for (const auto how :
         {delivery::in_one_piece, delivery::byte_by_byte, delivery::behind_another})
      if (!holds(each, how))
        break;
}

bool conformance::holds(const exchange& asked, delivery how)
{
  constexpr std::array names{"in one piece", "byte by byte", "behind another request"};
  INFO(printable(asked.name) << ", " << names.at(static_cast<std::size_t>(how)) << ": "
                             << printable(asked.bytes));
  int visits = 0;
  bool as_asked = true;
  try {
    visits = deliver(asked, how);
  } catch (const std::exception& failure) {
    as_asked = false;
    FAIL_CHECK(failure.what());
  }
  const auto before = std::exchange(visits_, redis_.visits());
  CHECK(visits_ - before == visits);
  return as_asked && visits_ - before == visits;
}

// Returns how many visits have to be counted; throws when it goes otherwise than asked.
int conformance::deliver(const exchange& asked, delivery how) const
{
  auto client = tally_.connect();
  const bool behind = how == delivery::behind_another;
  if (how == delivery::byte_by_byte) {
    send_in_pieces(client, asked.bytes);
    client.send(what_follows(asked.end));
  } else {
    client.send((behind ? request_text("GET", "/livez") : "") + asked.bytes +
                what_follows(asked.end));
  }
  if (behind)
    CHECK(client.read().body == "ok\n");

  http_response answer;
  for (const awaited_answer& awaited : asked.answers) {
    answer = client.read(awaited.to_head);
    check_form(answer);
    if (answer.status >= 400 && !awaited.to_head)
      CHECK(is_one_line(answer.body));
    const bool refusal = asked.or_refused && (answer.status == 400 || answer.status == 501);
    if (!refusal && std::ranges::count(awaited.any_of, answer.status) == 0)
      throw std::runtime_error{"answered " + std::to_string(answer.status)};
  }
  const bool refusal = asked.or_refused && answer.status >= 400;
  if (asked.end == ending::stays && !refusal) {
    if (answer.closes() || client.read().body != "ok\n")
      throw std::runtime_error{"the connection does not go on"};
  } else if (asked.end != ending::either) {
    if (!answer.closes() || !client.ended())
      throw std::runtime_error{"the connection goes on"};
  }
  return refusal ? 0 : asked.visits;
}

} // namespace tally::test
