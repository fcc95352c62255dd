#pragma once

#include <tally/error.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace tally {

/// The bytes of one connection, both ways. Nothing blocks: what cannot be done now fails with
/// would_block, and the owner is told when it is worth trying again.
class stream {
public:
  class owner {
  public:
    /// More can be read, or the end of the stream. The stream may be gone when this returns.
    virtual void on_readable() = 0;
    /// A write that failed with would_block can go on. The stream may be gone when this returns.
    virtual void on_writable() = 0;

  protected:
    ~owner() = default;
  };

  virtual ~stream() = default;

  /// Begins to tell `whom`, who must outlive this.
  virtual void open(owner& whom) = 0;

  /// Whether a read is worth trying. If not, the owner will be told.
  virtual bool readable() = 0;

  /// Reads what is there, at most as much as fits; 0 at the end of the stream.
  virtual result<std::size_t> read(std::span<char> into) = 0;

  /// Writes as much as goes.
  virtual result<std::size_t> write(std::string_view bytes) = 0;

  /// Tells the peer that nothing more comes.
  virtual void shutdown() = 0;

  /// Ends it both ways, with whatever is under way.
  virtual void close() = 0;

protected:
  stream() = default;
  stream(const stream&) = default;
  stream& operator=(const stream&) = default;
};

} // namespace tally
