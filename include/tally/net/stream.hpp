#pragma once

#include <tally/base/error.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace tally {

/// The bytes of one connection in both directions. Nothing blocks: an operation that cannot proceed
/// fails with would_block, and the handler is called when a retry makes sense.
class stream {
public:
  class event_handler {
  public:
    /// A read would return bytes, the end of the stream or an error.
    virtual void on_readable() = 0;
    /// A write that failed with would_block can continue.
    virtual void on_writable() = 0;

  protected:
    ~event_handler() = default;
  };

  virtual ~stream() = default;

  /// Starts to call this handler, which must outlive the stream.
  virtual void open(event_handler& handler) = 0;

  /// Whether a read makes sense now. If not, the handler will be called when it does.
  virtual bool readable() = 0;

  /// Reads the bytes that have arrived and fit; returns how many, and 0 at the end of the stream.
  virtual result<std::size_t> read(std::span<char> buffer) = 0;

  /// Writes as many bytes as possible; returns how many.
  virtual result<std::size_t> write(std::string_view bytes) = 0;

  /// Shuts down the sending side (FIN).
  virtual void shutdown() = 0;

  /// Closes both directions. Bytes in transit may be lost.
  virtual void close() = 0;

protected:
  stream() = default;
  stream(const stream&) = default;
  stream& operator=(const stream&) = default;
};

} // namespace tally
