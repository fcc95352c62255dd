#pragma once

#include <array>
#include <ctime>
#include <string_view>

namespace tally {

/// The current time as the Date field wants it (RFC 9110, 5.6.7: IMF-fixdate), formatted once a
/// second and no more.
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
