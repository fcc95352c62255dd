#pragma once

#include <tally/base/clock.hpp>
#include <tally/http/request_handler.hpp>
#include <tally/http/request_parser.hpp>
#include <tally/http/settings.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/status.hpp>

#include <cstddef>
#include <list>
#include <optional>

namespace tally {

/// The requests of one connection that wait for their responses, in the order of their arrival. It
/// reuses its memory for later requests.
class request_queue {
public:
  struct item {
    tally::exchange exchange;
    clock::time_point arrived; // when the parser met its first byte
    int version = 11;
    bool keeps_alive = true;
    /// There is no valid request: the response reports an error and ends the connection.
    bool refused = false;
  };

  /// Borrows both.
  request_queue(request_handler& handler, const http_settings& settings)
      : handler_{handler}, settings_{settings}
  {
  }

  /// Consumes the complete requests in `input`, and passes them to the handler; returns how many
  /// bytes it consumed. Consecutive visits are counted together. A request for a total is handled
  /// after the responses to all earlier requests, and later requests wait for its response.
  std::size_t consume(boost::beast::flat_buffer& input);

  /// Whether consume() needs more bytes than these to make progress.
  bool needs_more(const boost::beast::flat_buffer& input) const
  {
    return input.size() == incomplete_bytes_;
  }

  /// Queues an error response in place of a request. No further request is consumed.
  void refuse(boost::beast::http::status status);

  /// Whether a part of a request has arrived, and the deadline for the rest of it.
  bool arriving() const { return parser_.has_value(); }
  clock::time_point deadline() const { return deadline_; }

  /// Returns true, once, if the client waits for a 100 before it sends the body (RFC 9110, 10.1.1).
  bool consume_expect_continue() { return parser_ && parser_->consume_expect_continue(); }

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  item& front() { return items_.front(); }
  const item& front() const { return items_.front(); }
  void pop_front();

  /// Frees the memory of requests with strings that are longer than usual.
  void release_large_buffers();

private:
  void begin_item();
  void push_back() { items_.splice(items_.end(), spare_, spare_.begin()); }

  request_handler& handler_;
  const http_settings& settings_;
  std::list<item> items_;
  std::list<item> spare_;                // the parser writes to the first one
  std::optional<request_parser> parser_; // of the request that is arriving
  clock::time_point deadline_;           // for the rest of that request
  std::size_t incomplete_bytes_ = 0;     // left in the input by consume(), until the rest arrives
  bool closed_ = false;                  // no further request is consumed
};

} // namespace tally
