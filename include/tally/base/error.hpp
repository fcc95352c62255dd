#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <type_traits>

namespace tally {

/// What can keep a visit from being counted, or a total from being told.
enum class errc {
  /// The store is not reachable now; nothing was sent to it. Trying again is safe.
  unavailable = 1,
  /// As many visits wait as may wait; nothing was sent. Trying again is safe.
  overloaded,
  /// The store answered that it did not do it, and may do it later. Trying again is safe.
  refused,
  /// The store answered that it did not do it; the same command will never succeed.
  rejected,
  /// The command was sent and no answer came: it was done once or not at all.
  unknown,
  /// The store answered something that is no answer to what was asked.
  bad_reply,
};

const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(errc e) noexcept
{
  return {static_cast<int>(e), error_category()};
}

using boost::system::error_code;

/// An expected failure is a value. Exceptions are for start-up and for bugs.
template <class T, class E = error_code>
using result = boost::system::result<T, E>;

} // namespace tally

template <>
struct boost::system::is_error_code_enum<tally::errc> : std::true_type {
};
