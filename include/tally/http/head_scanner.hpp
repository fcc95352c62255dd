#pragma once

#include <boost/beast/http/status.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace tally {

/// Finds where the head of a request begins and ends while its bytes arrive, each of which it looks
/// at once. It holds the lines to the form that RFC 9112 gives them, where Beast's parser does not,
/// or would say so only when all have come: so the parser is given a whole head, and once.
class head_scanner {
public:
  /// `max_target` and `max_head` are bytes: of the request target alone, and of everything up to
  /// the empty line.
  head_scanner(std::size_t max_target, std::size_t max_head)
      : max_target_{max_target}, max_head_{max_head}
  {
  }

  /// Looks on. `message` is all that has come so far, always from the same first byte. Returns the
  /// status that refuses it, if it has to be refused. An HTTP/1.x that is later than the 1.1 that
  /// is known here is made 1.1 (RFC 9110, 2.5).
  std::optional<boost::beast::http::status> scan(std::span<char> message);

  /// Whether the empty line has come.
  bool complete() const { return complete_; }

  /// Where the request line begins: behind the empty lines before it (RFC 9112, 2.2).
  std::size_t begin() const { return begin_; }

private:
  std::optional<boost::beast::http::status> end_line(std::span<char> line);
  std::optional<boost::beast::http::status> take_request_line(std::span<char> line);
  bool may_begin(std::span<const char> line) const;
  std::optional<boost::beast::http::status> check_size(std::size_t end) const;
  std::size_t max_request_line() const;

  std::size_t max_target_;
  std::size_t max_head_;
  std::size_t begin_ = 0;
  std::size_t line_ = 0;
  std::size_t seen_ = 0;
  bool has_request_line_ = false;
  bool complete_ = false;
};

} // namespace tally
