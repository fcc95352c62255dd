#pragma once

#include <array>
#include <ctime>
#include <string_view>

namespace tally {

/// The current time in the format of the Date field (RFC 9110, 5.6.7: IMF-fixdate), formatted at
/// most once per second.
class http_date {
public:
  /// Valid until the next call.
  std::string_view now();

private:
  std::time_t second_ = -1;
  std::array<char, 32> text_{};
  std::size_t length_ = 0;
};

} // namespace tally
