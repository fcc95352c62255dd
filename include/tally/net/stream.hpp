#pragma once

#include <tally/base/error.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace tally {

/// The bytes of one connection, both ways. Nothing blocks: what cannot be done now fails with
/// would_block, and the handler is called when it is worth trying again.
class stream {
public:
  class event_handler {
  public:
    /// More can be read, or the end of the stream.
    virtual void on_readable() = 0;
    /// A write that failed with would_block can go on.
    virtual void on_writable() = 0;

  protected:
    ~event_handler() = default;
  };

  virtual ~stream() = default;

  /// Reports to this handler from now on. The handler must outlive the stream.
  virtual void open(event_handler& handler) = 0;

  /// Whether a read is worth trying. If not, the handler will be called when it is.
  virtual bool readable() = 0;

  /// Reads what is there, at most as much as fits; 0 at the end of the stream.
  virtual result<std::size_t> read(std::span<char> into) = 0;

  /// Writes as much as goes.
  virtual result<std::size_t> write(std::string_view bytes) = 0;

  /// Ends the direction to the peer (FIN).
  virtual void shutdown() = 0;

  /// Ends it both ways, with whatever is under way.
  virtual void close() = 0;

protected:
  stream() = default;
  stream(const stream&) = default;
  stream& operator=(const stream&) = default;
};

} // namespace tally
