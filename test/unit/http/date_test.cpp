#include "catch.hpp"

#include <tally/http/date.hpp>

#include <ctime>
#include <string>

TEST_CASE("the date is an IMF-fixdate of now", "[http_date]")
{
  tally::http_date date;
  const std::time_t before = std::time(nullptr);
  const std::string text{date.now()};
  const std::time_t after = std::time(nullptr);

  std::tm parsed{};
  const char* const rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parsed);
  REQUIRE(rest);
  CHECK(*rest == '\0');
  CHECK(text.size() == 29); // RFC 9110, 5.6.7: fixed length
  const std::time_t told = timegm(&parsed);
  CHECK(told >= before);
  CHECK(told <= after);
}
