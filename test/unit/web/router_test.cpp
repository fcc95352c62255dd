#include "unit/web/routes.hpp"

namespace http = boost::beast::http;
using http::verb;

TEST_CASE_METHOD(routes, "GET and POST of /count count a visit", "[router]")
{
  CHECK(respond(verb::get, "/count").body == "1\n");
  const auto second = respond(verb::post, "/count");
  CHECK(second.body == "2\n");
  CHECK(second.cache_control == "no-store");
  CHECK(second.cross_origin);
}

TEST_CASE_METHOD(routes, "a query and an absolute target change nothing", "[router]")
{
  CHECK(respond(verb::get, "/count?from=a/b").body == "1\n");
  CHECK(respond(verb::get, "http://example.org/count").body == "2\n");
  CHECK(respond(verb::get, "http://example.org").body.starts_with("Tally counts visits."));
  CHECK(respond(verb::get, "http://example.org?from=/count").body.starts_with("Tally counts"));
}

TEST_CASE_METHOD(routes, "HEAD, OPTIONS, a prefetch and an error count nothing", "[router]")
{
  counter.visits = 41;
  CHECK(respond(verb::head, "/count").body == "41\n");
  CHECK(respond(verb::get, "/count", true).body == "41\n");
  CHECK(respond(verb::post, "/count", true).body == "41\n");
  CHECK(status(verb::options, "/count") == 204);
  CHECK(status(verb::put, "/count") == 405);
  CHECK(status(verb::get, "/favicon.ico") == 404);
  CHECK(counter.visits == 41);
}

TEST_CASE_METHOD(routes, "/total returns the total and counts nothing", "[router]")
{
  counter.visits = 7;
  CHECK(respond(verb::get, "/total").body == "7\n");
  CHECK(respond(verb::get, "/total").cache_control == "no-store");
  CHECK(counter.visits == 7);
}

TEST_CASE_METHOD(routes, "the response to a disallowed method lists the allowed ones", "[router]")
{
  CHECK(respond(verb::delete_, "/count").allow == "GET, HEAD, OPTIONS, POST");
  CHECK(status(verb::post, "/total") == 405);
  CHECK(respond(verb::post, "/").allow == "GET, HEAD, OPTIONS");
  CHECK(respond(verb::options, "*").allow == "GET, HEAD, OPTIONS, POST");
  CHECK(status(verb::get, "*") == 404);
}

TEST_CASE_METHOD(routes, "a preflight succeeds where other origins may read the response",
                 "[router]")
{
  for (const char* path : {"/count", "/total"}) {
    CHECK(respond(verb::options, path).preflight);
    CHECK(respond(verb::options, path).cross_origin);
    CHECK_FALSE(respond(verb::head, path).preflight);
    CHECK_FALSE(respond(verb::delete_, path).preflight);
    CHECK(respond(verb::delete_, path).cross_origin);
  }
  for (const char* path : {"/", "/livez", "/readyz", "/metrics"})
    CHECK_FALSE(respond(verb::options, path).preflight);
  CHECK(counter.visits == 0);
}

TEST_CASE_METHOD(routes, "the response to an unknown path does not repeat it", "[router]")
{
  for (const char* path : {"zzz?u=http://x/count", "ftp://x/count", "/nothing", "/count/",
                           "/counts", "//count", "", "count", "/%63ount"}) {
    const auto response = respond(verb::get, path);
    CHECK(response.status == http::status::not_found);
    CHECK(response.body == "not found\n");
  }
}

TEST_CASE_METHOD(routes, "an error says whether the visit was counted", "[router]")
{
  using tally::errc;
  for (const auto error : {errc::unavailable, errc::overloaded, errc::temporary_failure}) {
    counter.total_error = error;
    const auto response = respond(verb::get, "/count");
    CHECK(response.status == http::status::service_unavailable);
    CHECK(response.retry_after.count() == 1);
    CHECK(response.body == "not counted: try again shortly\n");
    CHECK(response.cache_control == "no-store");
  }
  for (const auto error : {errc::outcome_unknown, errc::bad_reply}) {
    counter.total_error = error;
    CHECK(respond(verb::get, "/count").status == http::status::gateway_timeout);
    CHECK(respond(verb::get, "/count").body == "no answer in time: counted once or not at all\n");
    CHECK(respond(verb::get, "/total").body == "no answer in time\n");
  }
  counter.total_error = errc::permanent_failure;
  CHECK(status(verb::get, "/count") == 500);
  for (const auto error : {errc::unavailable, errc::outcome_unknown, errc::permanent_failure}) {
    counter.total_error = error;
    CHECK(respond(verb::get, "/count").cross_origin);
  }
}

TEST_CASE_METHOD(routes, "liveness does not depend on the counter; readiness reports its error",
                 "[router]")
{
  CHECK(respond(verb::get, "/readyz").body == "ready\n");
  counter.readiness_error = "redis: Connection refused";
  counter.total_error = tally::errc::unavailable;
  CHECK(status(verb::get, "/livez") == 200);
  CHECK(status(verb::get, "/") == 200);
  CHECK(status(verb::get, "/readyz") == 503);
  CHECK(respond(verb::get, "/readyz").body == "redis: Connection refused\n");
}

TEST_CASE_METHOD(routes, "a draining router counts, but is not ready", "[router]")
{
  router.drain();
  CHECK(respond(verb::get, "/readyz").body == "draining\n");
  CHECK(respond(verb::get, "/count").body == "1\n");
}

TEST_CASE_METHOD(routes, "a name in the target selects the counter", "[router]")
{
  CHECK(respond(verb::get, "/count/a").body == "1\n");
  CHECK(respond(verb::post, "/count/%61?x").body == "2\n");
  CHECK(respond(verb::get, "/total/a").body == "2\n");
  CHECK(respond(verb::get, "/count/blog/post-1").body == "1\n");
  CHECK(respond(verb::get, "/count/visits").body == "1\n");
  CHECK(respond(verb::get, "/count").body == "2\n");
  CHECK(respond(verb::get, "/total/none").body == "0\n");
  CHECK(counter.totals.size() == 3);
}

TEST_CASE_METHOD(routes, "a target with an invalid name makes no counter", "[router]")
{
  for (const char* target : {"/count/",       "/count/.names", "/count/..",
                             "/count/%2e",    "/count/a//b",   "/count/a/",
                             "/count/a%2Fb",  "/count/a:b",    "/count/{visits}",
                             "/total/.epoch", "/badge/.svg",   "/badge/.names.svg",
                             "/badge/a",      "/badge.svg/a",  "/badge",
                             "/hit/a",        "/hit/a/b/c",    "/hit/a/",
                             "/hit",          "/get/a",        "/get",
                             "/countx",       "/count%2Fa"})
    CHECK(status(verb::get, target) == 404);
  CHECK(status(verb::get, "/count/" + std::string(129, 'a')) == 404);
  CHECK(counter.totals.size() == 1);
}

TEST_CASE_METHOD(routes, "a name may look like a resource", "[router]")
{
  CHECK(respond(verb::get, "/count/livez").body == "1\n");
  CHECK(respond(verb::get, "/count/badge/a.svg").body == "1\n");
  CHECK(status(verb::get, "/badge/badge/a.svg.svg?count=no") == 200);
  CHECK(respond(verb::get, "/total/badge/a.svg").body == "1\n");
}

TEST_CASE_METHOD(routes, "a visit that may not make its counter is forbidden", "[router]")
{
  counter.total_error = tally::errc::counter_limit;
  const auto response = respond(verb::get, "/count/a");
  CHECK(response.status == http::status::forbidden);
  CHECK(response.body == "not counted: there are as many counters as TALLY_MAX_COUNTERS permits\n");
  CHECK(response.retry_after.count() == 0);
}
