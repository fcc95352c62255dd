#pragma once

#include <tally/base/clock.hpp>
#include <tally/net/stream.hpp>
#include <tally/net/task.hpp>

#include <boost/beast/core/flat_buffer.hpp>

#include <coroutine>
#include <cstddef>
#include <string>

namespace tally {

/// A stream with a buffer for each direction, for one coroutine that alternately reads and writes.
/// Each wait has a deadline, which sweep() enforces.
class buffered_stream final : stream::event_handler {
public:
  /// Borrows the stream. `input` never holds more than `max_input` bytes.
  buffered_stream(stream& stream, std::size_t max_input) : input{max_input}, stream_{stream} {}
  buffered_stream(const buffered_stream&) = delete;
  buffered_stream& operator=(const buffered_stream&) = delete;

  /// The bytes that have been read; the reader consumes them.
  boost::beast::flat_buffer input;
  /// The bytes to write.
  std::string output;

  void open() { stream_.open(*this); }

  /// Sets the deadline of this wait and of the waits after it.
  void set_deadline(clock::time_point deadline)
  {
    deadline_ = deadline;
    expired_ = false;
  }
  /// Whether the deadline that was set last has ended a wait.
  bool expired() const { return expired_; }

  struct read_wait {
    buffered_stream& stream;
    bool await_ready() { return stream.stream_.readable() && stream.try_read(); }
    void await_suspend(std::coroutine_handle<> reader) { stream.reader_.await_suspend(reader); }
    bool await_resume() const { return stream.succeeded_; }
  };
  /// Awaits more input. The result is false if the peer has ended the stream, or if the wait ended
  /// without input.
  read_wait read() { return {*this}; }

  struct write_wait {
    buffered_stream& stream;
    bool await_ready() { return stream.try_write(); }
    void await_suspend(std::coroutine_handle<> writer) { stream.writer_.await_suspend(writer); }
    bool await_resume() const { return stream.succeeded_; }
  };
  /// Writes all of `output` and clears it. The result is false if the write failed, or if the wait
  /// ended first.
  write_wait write()
  {
    written_ = 0;
    return {*this};
  }

  /// Reads all that has arrived and fits. Not to be called during a wait.
  void read_arrived();

  /// Ends a read that waits: it succeeds if bytes have arrived, and fails otherwise.
  void end_read();

  /// Ends the wait whose deadline has passed; returns whether there was one.
  bool sweep(clock::time_point now);

  /// Shuts down the sending side (FIN).
  void shutdown() { stream_.shutdown(); }

  /// Closes the stream and ends the wait.
  void abort();

  /// Frees the memory of buffers that have grown beyond the usual size.
  void release_large_buffers();

private:
  bool try_read();
  bool try_write();
  void on_readable() override;
  void on_writable() override;
  void abort_wait();

  stream& stream_;
  std::size_t written_ = 0; // of output
  clock::time_point deadline_ = clock::time_point::max();
  bool expired_ = false;
  bool succeeded_ = false; // the last read or write
  resume_point reader_;
  resume_point writer_;
};

} // namespace tally
