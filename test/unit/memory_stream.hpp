#pragma once

#include <tally/net/stream.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// A stream without a network: what a peer would send is given to it piece by piece, and what it
/// would receive is there to be looked at.
class memory_stream final : public tally::stream {
public:
  /// So many bytes are taken of each write.
  std::size_t takes = std::string::npos;
  std::string written;
  bool shut_down = false;

  /// More of it arrives.
  void feed(std::string_view bytes)
  {
    arrived_.append(bytes);
    tell();
  }

  /// The peer has nothing more to say.
  void end()
  {
    ended_ = true;
    tell();
  }

  /// The peer has read on.
  void drain()
  {
    if (blocked_) {
      blocked_ = false;
      handler_->on_writable();
    }
  }

  void open(event_handler& handler) override { handler_ = &handler; }
  bool readable() override { return !arrived_.empty() || ended_; }

  tally::result<std::size_t> read(std::span<char> into) override
  {
    if (!readable())
      return make_error_code(boost::asio::error::would_block);
    const auto n = arrived_.copy(into.data(), into.size());
    arrived_.erase(0, n);
    return n;
  }

  tally::result<std::size_t> write(std::string_view bytes) override
  {
    if (blocked_)
      return make_error_code(boost::asio::error::would_block);
    const auto n = std::min(takes, bytes.size());
    written.append(bytes.substr(0, n));
    blocked_ = n < bytes.size();
    return n;
  }

  void shutdown() override { shut_down = true; }
  void close() override { ended_ = true; }

private:
  void tell()
  {
    if (handler_)
      handler_->on_readable();
  }

  event_handler* handler_ = nullptr;
  std::string arrived_;
  bool ended_ = false;
  bool blocked_ = false;
};
