#include "catch.hpp"
#include "unit/web/contains.hpp"
#include "web/asset.hpp"
#include "web/page.hpp"

#include <limits>
#include <string>
#include <vector>

namespace {

std::vector<std::string> all_pages()
{
  return {tally::index_page(42), tally::index_page({}), tally::counter_page("blog/post-1", 42),
          tally::error_page(404, "Not Found", "not found")};
}

} // namespace

TEST_CASE("the page shows the total, or that it cannot be read", "[page]")
{
  CHECK(contains(tally::index_page(42), R"( id="total">42</p>)"));
  CHECK(contains(tally::index_page(0), R"( id="total">0</p>)"));
  CHECK(!contains(tally::index_page(42), "cannot be read"));
  CHECK(contains(tally::index_page({}), R"( id="total">?</p>)"));
  CHECK(contains(tally::index_page({}), "cannot be read"));
}

TEST_CASE("a counter's page shows its name and its total, and an error's page what it is", "[page]")
{
  const std::string counter = tally::counter_page("blog/post-1", 42);
  CHECK(contains(counter, "<title>blog/post-1: 42 "));
  CHECK(contains(counter, R"(<h1 id="title">blog/post-1</h1>)"));
  CHECK(contains(counter, R"( id="total">42</p>)"));
  CHECK(contains(counter, R"(href="/?counter=blog/post-1")"));

  const std::string error = tally::error_page(503, "Service Unavailable", "try again shortly");
  CHECK(contains(error, ">503</p>"));
  CHECK(contains(error, ">Service Unavailable</h1>"));
  CHECK(contains(error, ">try again shortly</p>"));
}

TEST_CASE("pages escape what they contain", "[page]")
{
  const std::string text = R"(<script>"&'{{total}})";
  const std::string escaped = "&lt;script&gt;&quot;&amp;&#39;{{total}}";
  for (const std::string& page :
       {tally::counter_page(text, 42), tally::error_page(404, text, "not found"),
        tally::error_page(404, "Not Found", text)}) {
    CHECK(contains(page, escaped));
    CHECK(!contains(page, text));
  }
}

TEST_CASE("a long number has a smaller font", "[page]")
{
  CHECK(contains(tally::index_page(9'999'999), R"(class="number")"));
  CHECK(contains(tally::index_page(10'000'000), R"(class="number long")"));
  CHECK(contains(tally::counter_page("a", std::numeric_limits<std::int64_t>::max()),
                 R"(class="number long" id="total">9223372036854775807<)"));
}

TEST_CASE("pages have no unfilled placeholder, and nothing that their policy forbids", "[page]")
{
  for (const std::string& page : all_pages()) {
    INFO(page);
    CHECK(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    CHECK(!contains(page, "{{"));
    CHECK(!contains(page, "}}"));
    for (const std::string_view inlined :
         {" style=", "<style", "<script>", "javascript:", " onclick=", " oninput=", " onload="})
      CHECK(!contains(page, inlined));
    // The only address of another host is the example in the snippets.
    for (auto at = page.find("//"); at != page.npos; at = page.find("//", at + 1))
      CHECK(page.substr(at - 6, 21) == "https://tally.example");
  }
}

TEST_CASE("the policy of the pages permits no inline script or style", "[page]")
{
  CHECK(tally::page_policy.starts_with("default-src 'none';"));
  CHECK(!contains(tally::page_policy, "unsafe"));
  CHECK(!contains(tally::page_policy, "*"));
}

TEST_CASE("the assets are the files of the folder web/", "[page]")
{
  for (const std::string path : {"/tally.js", "/page.css", "/page.js"}) {
    INFO(path);
    const tally::asset* const asset = tally::find_asset(path);
    REQUIRE(asset);
    CHECK(asset->path == path);
    CHECK(asset->content_type ==
          (path == "/page.css" ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8"));
    CHECK(asset->body.size() > 500);
    CHECK(asset->body.ends_with('\n'));
    CHECK(asset->etag.size() == 34);
    CHECK(asset->etag.starts_with('"'));
    CHECK(asset->etag.ends_with('"'));
  }
  CHECK(tally::find_asset("/tally.js")->etag != tally::find_asset("/page.js")->etag);
  for (const std::string_view path : {"/", "/index.html", "/tally.js/", "tally.js", "/Tally.js"})
    CHECK(!tally::find_asset(path));
}

TEST_CASE("tally.js has less than 1536 bytes, and uses no cookie and no storage", "[page]")
{
  const std::string_view script = tally::find_asset("/tally.js")->body;
  CHECK(script.size() < 1536);
  for (const std::string_view word : {"cookie", "localStorage", "sessionStorage", "indexedDB"})
    CHECK(!contains(script, word));
}
