#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    /// `elements` has the array's elements.
    array,
    /// Any other type.
    other,
  };

  kind type = kind::none;
  std::string text{};
  std::int64_t integer = 0;
  /// Integers are here as text; anything else but a string is an empty one.
  std::vector<std::string> elements{};
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

/// Whether a node of a Redis Cluster replied that another one serves the key.
bool is_moved(std::string_view error);

/// Whether Redis has not run the command, but may do so on another connection: this server has lost
/// the script, is a replica now, loads its data, or does not serve the key in its cluster.
bool may_run_elsewhere(std::string_view error);

/// Whether Redis has not run the command because the key's slot moves to another node of its
/// cluster. The other node cannot run it either, unless it has all keys already.
bool may_run_later(std::string_view error);

/// The value of a field in the reply to INFO, such as `noeviction` of `maxmemory_policy`; empty if
/// it has no such field.
std::string_view info_field(std::string_view info, std::string_view name);

/// Parses a decimal 64-bit integer. Nothing if `text` holds anything else.
std::optional<std::int64_t> parse_total(std::string_view text);

} // namespace tally
