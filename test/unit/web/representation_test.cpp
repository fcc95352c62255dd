#include "unit/web/routes.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <string_view>

using boost::beast::http::status;
using boost::beast::http::verb;

namespace {

constexpr std::string_view browser =
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

boost::json::object parse(const tally::response& response)
{
  return boost::json::parse(response.body).as_object();
}

} // namespace

TEST_CASE_METHOD(routes, "a total is text, JSON or a page, as the request prefers", "[web]")
{
  const auto text = accept("/count/a", "*/*");
  CHECK(text.body == "1\n");
  CHECK(text.content_type == "text/plain; charset=utf-8");
  const auto json = accept("/count/a", "application/json");
  CHECK(json.body == "{\"name\":\"a\",\"total\":2}\n");
  CHECK(json.content_type == "application/json");
  const auto page = accept("/count/a", std::string{browser});
  CHECK(page.body.find('3') != page.body.npos);
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK_FALSE(page.content_security_policy.empty());
  CHECK(accept("/total", "application/json").body == "{\"name\":\"visits\",\"total\":0}\n");
  for (const auto& response : {text, json, page}) {
    CHECK(response.status == status::ok);
    CHECK(response.varies);
    CHECK(response.cross_origin);
    CHECK(response.cache_control == "no-store");
  }
}

TEST_CASE_METHOD(routes, "an error is text, problem+json or a page, as the request prefers",
                 "[web]")
{
  const auto text = accept("/nothing", "*/*");
  CHECK(text.body == "not found\n");
  const auto json = accept("/nothing", "application/json");
  CHECK(json.content_type == "application/problem+json");
  CHECK(parse(json) ==
        boost::json::object{
            {"status", 404}, {"title", "Not Found"}, {"detail", "not found"}, {"counted", "no"}});
  const auto page = accept("/nothing", std::string{browser});
  CHECK(page.content_type == "text/html; charset=utf-8");
  for (const auto& response : {text, json, page}) {
    CHECK(response.status == status::not_found);
    CHECK(response.varies);
    CHECK(response.cross_origin);
    CHECK(response.cache_control == "no-store");
  }
}

TEST_CASE_METHOD(routes, "an error in JSON says whether the visit was counted", "[web]")
{
  counter.total_error = tally::errc::outcome_unknown;
  CHECK(parse(accept("/count", "application/json")).at("counted") == "unknown");
  CHECK(parse(accept("/total", "application/json")).at("counted") == "no");
  counter.total_error = tally::errc::unavailable;
  const auto response = accept("/count", "application/json");
  CHECK(parse(response).at("counted") == "no");
  CHECK(response.retry_after.count() == 1);
}

TEST_CASE_METHOD(routes, "the error of an invalid request has the format that it prefers", "[web]")
{
  tally::exchange exchange;
  exchange.request.accept = "application/json";
  exchange.resource = nullptr;
  router.refuse(exchange, status::payload_too_large, "request body too large");
  REQUIRE(exchange.response);
  CHECK(exchange.response->status == status::payload_too_large);
  CHECK(parse(*exchange.response).at("detail") == "request body too large");
  CHECK(exchange.response->varies);
  CHECK(exchange.response->cross_origin);
  CHECK(exchange.response->cache_control == "no-store");
}

TEST_CASE_METHOD(routes, "the resources of CountAPI ignore Accept", "[web]")
{
  CHECK(accept("/hit/site/page", "text/html").body == "{\"value\":1}\n");
  CHECK(accept("/hit/site/page", "text/plain").body == "{\"value\":2}\n");
  CHECK(accept("/get/site/page", "*/*").body == "{\"value\":2}\n");
  const auto missing = accept("/get/site/none", "text/plain");
  CHECK(missing.status == status::not_found);
  CHECK(parse(missing).at("detail") == "no such counter");
  CHECK_FALSE(missing.varies);
  CHECK(missing.cross_origin);
  CHECK(counter.totals.size() == 2);
}

TEST_CASE_METHOD(routes, "a badge counts unless its query says otherwise, and ignores Accept",
                 "[web]")
{
  const auto badge = accept("/badge/a.svg", "text/html");
  CHECK(badge.content_type == "image/svg+xml");
  CHECK_FALSE(badge.varies);
  CHECK(badge.cross_origin);
  CHECK(badge.cache_control == "no-store");
  CHECK(counter.totals["a"] == 1);
  CHECK(respond(verb::get, "/badge/a.svg?count=no").status == status::ok);
  CHECK(respond(verb::head, "/badge/a.svg").status == status::ok);
  CHECK(respond(verb::get, "/badge/a.json").content_type == "application/json");
  CHECK(counter.totals["a"] == 1);
  CHECK(respond(verb::get, "/badge.svg").status == status::ok);
  CHECK(counter.visits == 1);
  counter.total_error = tally::errc::unavailable;
  CHECK(accept("/badge/a.svg", "text/html").body == "not counted: try again shortly\n");
}

TEST_CASE_METHOD(routes, "the page of / shows the total, or that it is not known", "[web]")
{
  counter.visits = 4321;
  const auto page = accept("/", std::string{browser});
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(page.varies);
  CHECK(counter.visits == 4321);
  CHECK(accept("/", "*/*").body.starts_with("Tally counts visits."));
  CHECK(accept("/", "*/*").varies);
  counter.total_error = tally::errc::unavailable;
  CHECK(accept("/", std::string{browser}).status == status::ok);
  CHECK(accept("/", "*/*").status == status::ok);
}

TEST_CASE_METHOD(routes, "an asset may be cached, and is not sent again if it is unchanged",
                 "[web]")
{
  for (const char* path : {"/tally.js", "/page.css", "/page.js"}) {
    tally::request request;
    request.method = verb::get;
    request.target = path;
    const auto first = respond(request);
    CHECK(first.status == status::ok);
    CHECK_FALSE(first.body.empty());
    CHECK(first.cache_control.find("max-age=") != std::string_view::npos);
    REQUIRE(first.etag.starts_with('"'));
    for (const std::string& tags : {std::string{first.etag}, "W/" + std::string{first.etag},
                                    "\"x\", " + std::string{first.etag}, std::string{"*"}}) {
      request.if_none_match = tags;
      const auto second = respond(request);
      CHECK(second.status == status::not_modified);
      CHECK(second.body.empty());
      CHECK(second.etag == first.etag);
    }
    request.if_none_match = "\"x\"";
    CHECK(respond(request).status == status::ok);
  }
}
