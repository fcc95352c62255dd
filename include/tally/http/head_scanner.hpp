#pragma once

#include <boost/beast/http/status.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace tally {

/// Finds the start and the end of a request's head while its bytes arrive, and scans each byte
/// once. It checks rules of RFC 9112 that Beast's parser does not check, or checks only when the
/// head is complete. So the parser receives each head once, when it is complete.
class head_scanner {
public:
  /// `max_target` limits the bytes of the request target, `max_head` those of the whole head, with
  /// its empty line.
  head_scanner(std::size_t max_target, std::size_t max_head)
      : max_target_{max_target}, max_head_{max_head}
  {
  }

  /// Continues the scan. `message` is all that has arrived so far, always from the same first byte.
  /// Returns the error status if the head is invalid. Replaces an HTTP/1.x version later than 1.1
  /// by 1.1 (RFC 9110, 2.5).
  std::optional<boost::beast::http::status> scan(std::span<char> message);

  /// Whether the empty line has arrived.
  bool complete() const { return complete_; }

  /// The offset of the request line, which empty lines may precede (RFC 9112, 2.2).
  std::size_t begin() const { return begin_; }

private:
  std::optional<boost::beast::http::status> end_line(std::span<char> line);
  std::optional<boost::beast::http::status> scan_request_line(std::span<char> line);
  bool may_be_request(std::span<const char> line) const;
  std::optional<boost::beast::http::status> check_size(std::size_t end) const;
  std::size_t max_request_line() const;

  std::size_t max_target_;
  std::size_t max_head_;
  std::size_t begin_ = 0;
  std::size_t line_ = 0;    // offset of the current line
  std::size_t scanned_ = 0; // bytes
  bool has_request_line_ = false;
  bool complete_ = false;
};

} // namespace tally
