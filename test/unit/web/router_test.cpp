#include "catch.hpp"
#include "unit/fake_counter.hpp"

#include <tally/web/router.hpp>

#include <string>

namespace http = boost::beast::http;
using http::verb;

namespace {

class routes {
public:
  fake_counter counter;
  tally::router router{counter};

  tally::response answer(verb method, const std::string& target, bool prefetch = false)
  {
    tally::exchange exchange{{method, target, prefetch, {}}, {}, {}, {}, {}};
    router.handle(exchange);
    if (!exchange.response)
      router.ask_for_total(exchange);
    if (!exchange.response) {
      REQUIRE(exchange.total);
      REQUIRE(exchange.total->await_ready()); // this counter does not wait
      router.complete(exchange, exchange.total->await_resume());
    }
    REQUIRE(exchange.response);
    return *exchange.response;
  }

  unsigned status(verb method, const std::string& target)
  {
    return static_cast<unsigned>(answer(method, target).status);
  }
};

} // namespace

TEST_CASE_METHOD(routes, "GET and POST of /count count a visit", "[router]")
{
  CHECK(answer(verb::get, "/count").body == "1\n");
  const auto second = answer(verb::post, "/count");
  CHECK(second.body == "2\n");
  CHECK(second.no_store);
  CHECK(second.cross_origin);
}

TEST_CASE_METHOD(routes, "a query and an absolute target change nothing", "[router]")
{
  CHECK(answer(verb::get, "/count?from=a/b").body == "1\n");
  CHECK(answer(verb::get, "http://example.org/count").body == "2\n");
  CHECK(answer(verb::get, "http://example.org").body.starts_with("Tally counts visits."));
  CHECK(answer(verb::get, "http://example.org?from=/count").body.starts_with("Tally counts"));
}

TEST_CASE_METHOD(routes, "HEAD, OPTIONS, a prefetch and an error count nothing", "[router]")
{
  counter.visits = 41;
  CHECK(answer(verb::head, "/count").body == "41\n");
  CHECK(answer(verb::get, "/count", true).body == "41\n");
  CHECK(answer(verb::post, "/count", true).body == "41\n");
  CHECK(status(verb::options, "/count") == 204);
  CHECK(status(verb::put, "/count") == 405);
  CHECK(status(verb::get, "/favicon.ico") == 404);
  CHECK(counter.visits == 41);
}

TEST_CASE_METHOD(routes, "/total tells the total and counts nothing", "[router]")
{
  counter.visits = 7;
  CHECK(answer(verb::get, "/total").body == "7\n");
  CHECK(answer(verb::get, "/total").no_store);
  CHECK(counter.visits == 7);
}

TEST_CASE_METHOD(routes, "a method that is not allowed is told which ones are", "[router]")
{
  CHECK(answer(verb::delete_, "/count").allow == "GET, HEAD, OPTIONS, POST");
  CHECK(status(verb::post, "/total") == 405);
  CHECK(answer(verb::post, "/").allow == "GET, HEAD, OPTIONS");
  CHECK(answer(verb::options, "*").allow == "GET, HEAD, OPTIONS, POST");
  CHECK(status(verb::get, "*") == 404);
}

TEST_CASE_METHOD(routes, "preflights succeed where other origins may read", "[router]")
{
  for (const char* path : {"/count", "/total"}) {
    CHECK(answer(verb::options, path).preflight);
    CHECK(answer(verb::options, path).cross_origin);
    CHECK_FALSE(answer(verb::head, path).preflight);
    CHECK_FALSE(answer(verb::delete_, path).preflight);
    CHECK(answer(verb::delete_, path).cross_origin);
  }
  for (const char* path : {"/", "/livez", "/readyz"})
    CHECK_FALSE(answer(verb::options, path).preflight);
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(routes, "an unknown path is not reflected", "[router]")
{
  for (const char* path : {"zzz?u=http://x/count", "ftp://x/count", "/nothing", "/count/",
                           "/counts", "//count", "", "count", "/%63ount"}) {
    const auto told = answer(verb::get, path);
    CHECK(told.status == http::status::not_found);
    CHECK(told.body == "not found\n");
  }
}

TEST_CASE_METHOD(routes, "a failure says whether the visit was counted", "[router]")
{
  using tally::errc;
  for (const auto reason : {errc::unavailable, errc::overloaded, errc::refused}) {
    counter.failure = reason;
    const auto told = answer(verb::get, "/count");
    CHECK(told.status == http::status::service_unavailable);
    CHECK(told.retry_after.count() == 1);
    CHECK(told.body == "not counted: try again shortly\n");
    CHECK(told.no_store);
  }
  for (const auto reason : {errc::unknown, errc::bad_reply}) {
    counter.failure = reason;
    CHECK(answer(verb::get, "/count").status == http::status::gateway_timeout);
    CHECK(answer(verb::get, "/count").body == "no answer in time: counted once or not at all\n");
    CHECK(answer(verb::get, "/total").body == "no answer in time\n");
  }
  counter.failure = errc::rejected;
  CHECK(status(verb::get, "/count") == 500);
  for (const auto reason : {errc::unavailable, errc::unknown, errc::rejected}) {
    counter.failure = reason;
    CHECK(answer(verb::get, "/count").cross_origin);
  }
}

TEST_CASE_METHOD(routes, "liveness asks nobody; readiness says why not", "[router]")
{
  CHECK(answer(verb::get, "/readyz").body == "ready\n");
  counter.reason = "redis: Connection refused";
  counter.failure = tally::errc::unavailable;
  CHECK(status(verb::get, "/livez") == 200);
  CHECK(status(verb::get, "/") == 200);
  CHECK(status(verb::get, "/readyz") == 503);
  CHECK(answer(verb::get, "/readyz").body == "redis: Connection refused\n");
}

TEST_CASE_METHOD(routes, "a router that drains answers, but is not ready", "[router]")
{
  router.drain();
  CHECK(answer(verb::get, "/readyz").body == "draining\n");
  CHECK(answer(verb::get, "/count").body == "1\n");
}
