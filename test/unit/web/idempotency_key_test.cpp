#include "unit/web/routes.hpp"
#include "web/idempotency_key.hpp"

#include <string>
#include <string_view>

namespace http = boost::beast::http;
using http::verb;

namespace {

// The decoded key, or "invalid".
std::string decode(std::string_view value)
{
  std::string key = "of an earlier request";
  if (tally::decode_idempotency_key(value, key))
    return key;
  CHECK(key.empty());
  return "invalid";
}

tally::request keyed(verb method, const std::string& target, const std::string& value,
                     unsigned values = 1)
{
  tally::request request;
  request.method = method;
  request.target = target;
  request.idempotency_key = value;
  request.idempotency_keys = values;
  return request;
}

} // namespace

TEST_CASE("a key has 1 to 64 visible ASCII characters, plain or in quotes", "[idempotency]")
{
  CHECK(decode("8e03978e-40d5-43dd-bc93-6894a57f9324") == "8e03978e-40d5-43dd-bc93-6894a57f9324");
  CHECK(decode("\"8e03978e\"") == "8e03978e");
  CHECK(decode("!#~") == "!#~");
  CHECK(decode(R"(a"b\)") == R"(a"b\)");
  CHECK(decode(R"("a\"b\\c")") == R"(a"b\c)");
  const std::string longest(64, 'a');
  CHECK(decode(longest) == longest);
  CHECK(decode('"' + longest + '"') == longest);
  std::string escaped;
  for (int i = 0; i != 64; ++i)
    escaped += "\\\\";
  CHECK(decode('"' + escaped + '"') == std::string(64, '\\'));
}

TEST_CASE("any other value is no key", "[idempotency]")
{
  for (const char* value :
       {"", "\"\"", "\"", "a b", "\"a b\"", "a\tb", "a, b", "\"a\", \"b\"", "\"a\";p=1", "\"a",
        "\"a\\\"", R"("a\b")", R"("a"b")", "\xc3\xa4", "a\x7f"}) {
    CAPTURE(value);
    CHECK(decode(value) == "invalid");
  }
  CHECK(decode(std::string(65, 'a')) == "invalid");
  CHECK(decode('"' + std::string(65, 'a') + '"') == "invalid");
}

TEST_CASE_METHOD(routes, "a visit with a key is counted once, and repetitions get its number",
                 "[idempotency]")
{
  CHECK(respond(keyed(verb::post, "/count", "a")).body == "1\n");
  CHECK(respond(keyed(verb::get, "/count", "\"a\"")).body == "1\n");
  CHECK(respond(keyed(verb::get, "/count", "b")).body == "2\n");
  CHECK(respond(verb::get, "/count").body == "3\n");
  CHECK(respond(keyed(verb::post, "/hit/x/y", "c")).body == "{\"value\":1}\n");
  CHECK(respond(keyed(verb::post, "/hit/x/y", "c")).body == "{\"value\":1}\n");
}

TEST_CASE_METHOD(routes, "a key that was used for another counter gets 422", "[idempotency]")
{
  respond(keyed(verb::post, "/count", "a"));
  const auto conflict = respond(keyed(verb::post, "/count/x", "a"));
  CHECK(conflict.status == http::status::unprocessable_entity);
  CHECK(conflict.body == "not counted: this Idempotency-Key was used for another counter\n");
  CHECK(conflict.cross_origin);
  CHECK(counter.visits == 1);
}

TEST_CASE_METHOD(routes, "a visit with an invalid key gets 400 and is not counted", "[idempotency]")
{
  const auto invalid = respond(keyed(verb::post, "/count", "a b"));
  CHECK(invalid.status == http::status::bad_request);
  CHECK(invalid.body == "not counted: Idempotency-Key is not 1 to 64 visible ASCII characters, "
                        "plain or as one quoted string\n");
  CHECK(respond(keyed(verb::post, "/hit/x/y", "")).body == invalid.body);
  const auto several = respond(keyed(verb::post, "/count", "b", 2));
  CHECK(several.status == http::status::bad_request);
  CHECK(several.body == "not counted: the request has several values of Idempotency-Key\n");
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(routes, "requests that count nothing, and badges, ignore a key", "[idempotency]")
{
  const std::string value = GENERATE("a", "", "a b");
  CHECK(respond(keyed(verb::head, "/count", value)).body == "0\n");
  CHECK(respond(keyed(verb::get, "/total", value)).body == "0\n");
  CHECK(respond(keyed(verb::options, "/count", value)).status == http::status::no_content);
  auto prefetch = keyed(verb::get, "/count", value);
  prefetch.prefetch = true;
  CHECK(respond(prefetch).body == "0\n");
  respond(keyed(verb::get, "/badge.svg", value));
  respond(keyed(verb::get, "/badge.svg", value));
  CHECK(counter.visits == 2);
}

TEST_CASE_METHOD(routes, "without memory for a key, the visit gets 503", "[idempotency]")
{
  counter.total_error = make_error_code(tally::errc::no_memory_for_key);
  const auto refused = respond(keyed(verb::post, "/count", "a"));
  CHECK(refused.status == http::status::service_unavailable);
  CHECK(refused.body == "not counted: no memory for an Idempotency-Key: try again shortly\n");
  CHECK(refused.retry_after == std::chrono::seconds{1});
}
