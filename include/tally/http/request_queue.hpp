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

/// The requests of one connection that wait for their responses, in the order in which they came.
/// It reuses its memory from one request to the next.
class request_queue {
public:
  struct item {
    tally::exchange exchange;
    int version = 11;
    bool keeps_alive = true;
    /// The response refuses what is no request, and ends the connection.
    bool refused = false;
  };

  /// Borrows both.
  request_queue(request_handler& handler, const http_settings& settings)
      : handler_{handler}, settings_{settings}
  {
  }

  /// Consumes the requests that `in` holds whole, and has them handled; returns how many bytes it
  /// consumed. Visits are counted together. A request for a total waits until what came before it
  /// is answered, and what comes after it waits for its answer.
  std::size_t take_in(boost::beast::flat_buffer& in);

  /// Whether take_in() needs more bytes than these to go on.
  bool needs_more(const boost::beast::flat_buffer& in) const { return in.size() == incomplete_; }

  /// Takes in a refusal instead of a request.
  void refuse(boost::beast::http::status status);

  /// Whether a part of a request has arrived, and by when the rest of it has to.
  bool arriving() const { return parser_.has_value(); }
  clock::time_point deadline() const { return deadline_; }

  /// Whether the client waits for a 100 before it sends the body (RFC 9110, 10.1.1): true once.
  bool takes_continue() { return parser_ && parser_->takes_continue(); }

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  item& front() { return items_.front(); }
  const item& front() const { return items_.front(); }
  void pop_front();

  /// Returns memory that is rarely needed to the system.
  void release_large_buffers();

private:
  void begin_item();
  void push_back() { items_.splice(items_.end(), spare_, spare_.begin()); }

  request_handler& handler_;
  const http_settings& settings_;
  std::list<item> items_;
  std::list<item> spare_;                // the parser writes to the first of them
  std::optional<request_parser> parser_; // of the request that arrives
  clock::time_point deadline_;           // of that request, by which its rest has to arrive
  std::size_t incomplete_ = 0;           // bytes that were left because the rest was missing
  bool complete_ = false;                // no further request is taken in
};

} // namespace tally
