#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// What Redis answered to one command, as far as a counter needs it.
struct redis_reply {
  enum class kind {
    /// No reply: the connection was lost after the command was handed to it.
    none,
    nil,
    /// A status or a bulk string.
    text,
    /// Redis did not carry out the command; `text` begins with the error's code.
    error,
    /// Anything else: no command of ours asks for it.
    other,
  };

  kind type = kind::none;
  std::string text;
};

/// Who waits for a reply. Is told exactly once, in the order of sending, and must live until then;
/// a lost connection tells it redis_reply::kind::none.
///
/// It is told from deep inside the connection. Whatever it means to do with that comes later: note
/// what was replied, and act from the loop.
class reply_waiter {
public:
  virtual void on_reply(redis_reply reply) = 0;

protected:
  ~reply_waiter() = default;
};

/// Whether the same command meets this error again however often it is sent: the key holds
/// something else, or the largest number Redis knows; or this user may not touch it (a script
/// says that in words of its own, Redis 7.0 in others than 7.2). Other errors pass: OOM, LOADING,
/// READONLY, MISCONF and the like.
bool is_lasting(std::string_view error);

/// The total that a text is, if it is one and nothing else.
std::optional<std::int64_t> parse_total(std::string_view text);

} // namespace tally
