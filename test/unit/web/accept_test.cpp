#include "catch.hpp"
#include "web/accept.hpp"

using tally::media_type;
using tally::select_media_type;

TEST_CASE("without a preference the response is text", "[accept]")
{
  for (const char* accept : {"", "*/*", "text/*", "image/png", "image/*, */*;q=0.8", "nonsense",
                             ",", ";q=1", "*", "text", "application/json;q=0", "*/*;q=0"})
    CHECK(select_media_type(accept) == media_type::text);
}

TEST_CASE("a named type is preferred to a wildcard of the same weight", "[accept]")
{
  CHECK(select_media_type("application/json, */*") == media_type::json);
  CHECK(select_media_type("*/*, text/html") == media_type::html);
  CHECK(select_media_type("text/*, text/html") == media_type::html);
  CHECK(select_media_type("text/plain, */*") == media_type::text);
  CHECK(select_media_type("application/*") == media_type::json);
  CHECK(select_media_type("application/*, text/html") == media_type::html);
}

TEST_CASE("of types with the same weight, text comes before JSON, and JSON before HTML", "[accept]")
{
  CHECK(select_media_type("text/html, application/json, text/plain") == media_type::text);
  CHECK(select_media_type("text/html,application/json") == media_type::json);
}

TEST_CASE("a higher weight is preferred", "[accept]")
{
  CHECK(select_media_type("text/html;q=0.5, application/json;q=0.4") == media_type::html);
  CHECK(select_media_type("text/html;q=0.5, application/json;q=0.501") == media_type::json);
  CHECK(select_media_type("text/html ; Q=1.000 , text/plain;q=0.999") == media_type::html);
  CHECK(select_media_type("text/plain;q=0.1, */*;q=0.2") == media_type::json);
  CHECK(select_media_type("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
                          "image/webp,*/*;q=0.8") == media_type::html);
}

TEST_CASE("the more specific range determines the weight, wherever it stands", "[accept]")
{
  CHECK(select_media_type("text/*, text/plain;q=0") == media_type::html);
  CHECK(select_media_type("text/plain;q=0, */*") == media_type::json);
  CHECK(select_media_type("*/*, application/json;q=0, text/plain;q=0") == media_type::html);
  CHECK(select_media_type("text/html;q=0, text/*;q=0.1") == media_type::text);
}

TEST_CASE("a type is compared without case, and its parameters are ignored", "[accept]")
{
  CHECK(select_media_type("Application/JSON;charset=utf-8") == media_type::json);
  CHECK(select_media_type("text/html;level=1;q=0.7, application/json;q=0.6") == media_type::html);
}

TEST_CASE("problem+json stands for JSON", "[accept]")
{
  CHECK(select_media_type("application/problem+json") == media_type::json);
}

TEST_CASE("of ranges that are equal, the one with the highest weight applies", "[accept]")
{
  CHECK(select_media_type("application/problem+json;q=0.2, application/json;q=0.9, "
                          "text/plain;q=0.5") == media_type::json);
  CHECK(select_media_type("text/html;level=1;q=0.7, text/html;q=0.3, text/plain;q=0.5") ==
        media_type::html);
}

TEST_CASE("a malformed weight excludes the type", "[accept]")
{
  for (const char* weight :
       {"q=", "q=2", "q=1.1", "q=.5", "q=0,5", "q=0.1234", "q=-1", "q=x", "q=1x", "q=00"}) {
    const std::string accept = std::string{"text/html;"} + weight;
    CAPTURE(accept);
    CHECK(select_media_type(accept) == media_type::text);
  }
}
