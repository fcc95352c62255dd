#include <tally/http/date.hpp>

namespace tally {

std::string_view http_date::now()
{
  const std::time_t second = std::time(nullptr);
  if (second != second_) {
    second_ = second;
    std::tm utc{};
    gmtime_r(&second, &utc);
    // The names are English: Tally never calls setlocale, so it runs in the "C" locale.
    length_ = std::strftime(text_.data(), text_.size(), "%a, %d %b %Y %T GMT", &utc);
  }
  return {text_.data(), length_};
}

} // namespace tally
