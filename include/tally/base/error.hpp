#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <type_traits>

namespace tally {

/// Why a visit was not counted, or a total not read.
enum class errc {
  /// The store is not reachable and nothing was sent to it. A retry is safe.
  unavailable = 1,
  /// The queue of visits is full and nothing was sent. A retry is safe.
  overloaded,
  /// The store replied that it did not execute the command. A retry is safe and may succeed.
  temporary_failure,
  /// The store replied that it did not execute the command. A retry will never succeed.
  permanent_failure,
  /// The command was sent and no reply came: it was executed once or not at all.
  outcome_unknown,
  /// The store sent a reply that does not fit the command.
  bad_reply,
  /// The counter does not exist, and there are as many counters as permitted.
  counter_limit,
  /// The counter does not exist.
  no_counter,
  /// Another counter counted a visit with this idempotency key.
  key_conflict,
  /// The store is almost full, and takes no further idempotency key. A retry is safe.
  no_memory_for_key,
};

const boost::system::error_category& error_category() noexcept;

inline boost::system::error_code make_error_code(errc error) noexcept
{
  return {static_cast<int>(error), error_category()};
}

using boost::system::error_code;

/// Expected errors are values. Exceptions are for start-up and for bugs.
template <class T, class E = error_code>
using result = boost::system::result<T, E>;

} // namespace tally

template <>
struct boost::system::is_error_code_enum<tally::errc> : std::true_type {
};
