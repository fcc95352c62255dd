#pragma once

#include <tally/net/stream.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// A stream without a network: a test feeds it the bytes of the peer, and reads what was written.
class memory_stream final : public tally::stream {
public:
  /// The most bytes that one write accepts.
  std::size_t max_write = std::string::npos;
  std::string written;
  bool shut_down = false;

  /// More bytes arrive.
  void feed(std::string_view bytes)
  {
    arrived_.append(bytes);
    notify();
  }

  /// The peer ends its direction.
  void end()
  {
    ended_ = true;
    notify();
  }

  /// The peer has read what was written, so a blocked write can continue.
  void drain()
  {
    if (blocked_) {
      blocked_ = false;
      handler_->on_writable();
    }
  }

  void open(event_handler& handler) override { handler_ = &handler; }
  bool readable() override { return !arrived_.empty() || ended_; }

  tally::result<std::size_t> read(std::span<char> buffer) override
  {
    if (!readable())
      return make_error_code(boost::asio::error::would_block);
    const auto n = arrived_.copy(buffer.data(), buffer.size());
    arrived_.erase(0, n);
    return n;
  }

  tally::result<std::size_t> write(std::string_view bytes) override
  {
    if (blocked_)
      return make_error_code(boost::asio::error::would_block);
    const auto n = std::min(max_write, bytes.size());
    written.append(bytes.substr(0, n));
    blocked_ = n < bytes.size();
    return n;
  }

  void shutdown() override { shut_down = true; }
  void close() override { ended_ = true; }

private:
  void notify()
  {
    if (handler_)
      handler_->on_readable();
  }

  event_handler* handler_ = nullptr;
  std::string arrived_;
  bool ended_ = false;
  bool blocked_ = false;
};
