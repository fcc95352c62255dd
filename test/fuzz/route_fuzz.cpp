// Names, targets and Accept: the input is a request of up to three lines, for a router with
// counters in memory. The lines are a method and a target, Accept, and If-None-Match.

#include "fake_counter.hpp"
#include "require.hpp"
#include "web/accept.hpp"
#include "web/target.hpp"

#include <tally/counting/name.hpp>
#include <tally/web/router.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace {

using boost::beast::http::status;
using boost::beast::http::verb;
using tally::errc;

std::string_view take_until(std::string_view& text, char end)
{
  const auto taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), taken.size() + 1));
  return taken;
}

void check_name(std::string_view path)
{
  std::string name;
  if (!tally::decode_name(path, name)) {
    require(!tally::is_name(path));
    return;
  }
  require(tally::is_name(name) && name.size() <= tally::max_name_size);
  const std::string segments = '/' + name + '/';
  require(segments.find("/.") == name.npos && segments.find("//") == name.npos);
  std::string again;
  require(tally::decode_name(name, again) && again == name);
}

void check_target(std::string_view target)
{
  const std::string text{target};
  require(target.ends_with(tally::query_of(target)));
  require(tally::path_of(target).find('?') == target.npos);
  if (target.starts_with('/')) {
    require(tally::path_of("HTTP://host:1" + text) == tally::path_of(target));
    require(tally::query_of("HTTP://host:1" + text) == tally::query_of(target));
  }
}

void check_accept(std::string_view accept)
{
  using tally::media_type;
  using tally::select_media_type;
  const std::string text{accept};
  const media_type selected = select_media_type(accept);
  // Other formats, empty elements and capitals make no difference.
  require(select_media_type("image/png,," + text + " ,\t,x/y;q=1") == selected);
  std::string capitals = text;
  for (char& c : capitals)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  require(select_media_type(capitals) == selected);
  // A format of the highest weight is selected, unless one that comes before it has that weight,
  // too.
  require(select_media_type("text/plain," + text) == media_type::text);
  require(select_media_type(text + ",text/plain") == media_type::text);
  require(select_media_type("application/json," + text) != media_type::html);
}

// `total` is that of the counter, if the response needed one.
void check_json(const tally::response& response, const tally::exchange& exchange,
                std::int64_t total)
{
  require(response.body.ends_with("}\n"));
  const auto parsed = boost::json::parse(response.body);
  require(boost::json::serialize(parsed) + '\n' == response.body);
  const auto& object = parsed.as_object();
  if (response.content_type == "application/problem+json") {
    require(object.at("status") == static_cast<unsigned>(response.status));
    require(object.at("counted") == "no" || object.at("counted") == "unknown");
  } else if (object.contains("name")) {
    require(object.at("name").as_string() == exchange.counter);
    require(object.at("total") == total);
  } else if (object.contains("value")) {
    require(object.at("value") == total);
  } else {
    require(object.at("schemaVersion") == 1);
  }
}

void check_response(const tally::exchange& exchange, std::int64_t total)
{
  require(exchange.response.has_value());
  const tally::response& response = *exchange.response;
  const auto code = static_cast<unsigned>(response.status);
  require(code >= 200 && code <= 599);
  const bool empty = response.status == status::no_content || code == 304;
  require(empty == response.body.empty());
  require(empty || response.body.ends_with('\n'));
  const auto& type = response.content_type;
  if (!empty && type.starts_with("application/"))
    check_json(response, exchange, total);
  if (exchange.total && response.status == status::ok && type.starts_with("text/plain"))
    require(response.body == std::to_string(total) + '\n');
  const bool page = type.starts_with("text/html");
  require(page != response.content_security_policy.empty());
  require(!page || response.body.find("{{") == std::string::npos);
}

// Responds once, and requires that the totals change only by the visit that the response shows.
void respond(const tally::request& request, tally::error_code error)
{
  fake_counter counter;
  counter.total_error = error;
  counter.totals["old"] = std::numeric_limits<std::int64_t>::max() - 1;
  const auto before = counter.totals;
  tally::router router{counter};
  tally::exchange exchange;
  exchange.request = request;
  router.handle(exchange);
  if (!exchange.response)
    router.ask_for_total(exchange);
  if (!exchange.response) {
    require(exchange.total && exchange.total->await_ready());
    require(tally::is_name(exchange.counter));
    router.complete(exchange, exchange.total->await_resume());
  }
  auto expected = before;
  if (exchange.visit && !error) {
    require(request.method == verb::get || request.method == verb::post);
    require(!request.prefetch && exchange.response && exchange.response->status == status::ok);
    ++expected[exchange.counter];
  }
  require(counter.totals == expected);
  const auto found = expected.find(exchange.counter);
  check_response(exchange, error || found == expected.end() ? 0 : found->second);
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  std::string_view lines{reinterpret_cast<const char*>(data), size};
  const std::string_view whole = lines;
  std::string_view request_line = take_until(lines, '\n');
  tally::request request;
  request.method = boost::beast::http::string_to_verb(take_until(request_line, ' '));
  request.target = request_line;
  request.accept = take_until(lines, '\n');
  request.if_none_match = lines;

  check_name(whole);
  check_name(tally::path_of(request.target)
                 .substr(std::min<std::size_t>(tally::path_of(request.target).size(),
                                               std::string_view{"/count/"}.size())));
  check_target(request.target);
  check_accept(request.accept);
  for (const bool prefetch : {false, true}) {
    request.prefetch = prefetch;
    respond(request, {});
    for (const auto error : {errc::unavailable, errc::outcome_unknown, errc::permanent_failure,
                             errc::counter_limit, errc::no_counter})
      respond(request, error);
  }
  return 0;
}
