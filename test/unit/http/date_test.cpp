#include "catch.hpp"

#include <tally/http/date.hpp>

#include <ctime>
#include <string>

TEST_CASE("the date is the current time as an IMF-fixdate", "[http_date]")
{
  tally::http_date date;
  const std::time_t earliest = std::time(nullptr);
  const std::string text{date.now()};
  const std::time_t latest = std::time(nullptr);

  std::tm parsed{};
  const char* const rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parsed);
  REQUIRE(rest);
  CHECK(*rest == '\0');
  CHECK(text.size() == 29); // RFC 9110, 5.6.7: fixed length
  const std::time_t time = timegm(&parsed);
  CHECK(time >= earliest);
  CHECK(time <= latest);
}
