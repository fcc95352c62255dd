#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// The reply of Redis to one command, as far as a counter needs it.
struct redis_reply {
  enum class kind {
    /// No reply: the connection was lost after the command was sent, so its outcome is unknown.
    none,
    nil,
    /// A status or a bulk string.
    text,
    /// Redis did not carry out the command; `text` begins with the error code.
    error,
    /// A number, in `integer`.
    integer,
    /// Any other type, which no command of ours returns.
    other,
  };

  kind type = kind::none;
  std::string text{};
  std::int64_t integer = 0;
};

/// Receives the reply to a command. on_reply() is called exactly once for each command, in the
/// order of sending; if the connection is lost, with redis_reply::kind::none. The waiter must live
/// until then.
///
/// The call comes from within hiredis. The waiter must not call the connection from it: it stores
/// the reply, and acts on it later from the loop.
class reply_waiter {
public:
  virtual void on_reply(redis_reply reply) = 0;

protected:
  ~reply_waiter() = default;
};

/// Whether the same command fails with this error however often it is sent: the key has another
/// type, the number would overflow, or the user lacks a permission (scripts report that in other
/// words, which differ between Redis 7.0 and 7.2). Others are temporary: OOM, LOADING, READONLY,
/// MISCONF and the like.
bool is_permanent_error(std::string_view error);

/// Parses a decimal 64-bit integer. Nothing if `text` holds anything else.
std::optional<std::int64_t> parse_total(std::string_view text);

} // namespace tally
