#pragma once

#include <tally/base/clock.hpp>
#include <tally/net/stream.hpp>
#include <tally/net/task.hpp>

#include <boost/beast/core/flat_buffer.hpp>

#include <coroutine>
#include <cstddef>
#include <string>

namespace tally {

/// A stream with a buffer for each direction, for one coroutine that reads and writes in turns.
/// Each wait has a deadline, which sweep() enforces.
class buffered_stream final : stream::event_handler {
public:
  /// Borrows the stream. `in` never holds more than `max_in` bytes.
  buffered_stream(stream& stream, std::size_t max_in) : in{max_in}, stream_{stream} {}
  buffered_stream(const buffered_stream&) = delete;
  buffered_stream& operator=(const buffered_stream&) = delete;

  /// What has been read, and is to be consumed by the reader.
  boost::beast::flat_buffer in;
  /// What is to be written.
  std::string out;

  void open() { stream_.open(*this); }

  /// Of the waits from now on.
  void set_deadline(clock::time_point deadline)
  {
    deadline_ = deadline;
    expired_ = false;
  }
  /// Whether a wait has ended since then because its deadline had passed.
  bool expired() const { return expired_; }

  struct read_wait {
    buffered_stream& owner;
    bool await_ready() { return owner.stream_.readable() && owner.try_read(); }
    void await_suspend(std::coroutine_handle<> waits) { owner.reader_.await_suspend(waits); }
    bool await_resume() const { return owner.succeeded_; }
  };
  /// Results in whether more has come; not so when the peer has ended, or the wait for it.
  read_wait read() { return {*this}; }

  struct write_wait {
    buffered_stream& owner;
    bool await_ready() { return owner.try_write(); }
    void await_suspend(std::coroutine_handle<> waits) { owner.writer_.await_suspend(waits); }
    bool await_resume() const { return owner.succeeded_; }
  };
  /// Results in whether all of `out`, which is empty then, was written.
  write_wait write()
  {
    written_ = 0;
    return {*this};
  }

  /// Reads all that has arrived, and fits. Only while no wait is under way.
  void read_arrived();

  /// Whether a read waits.
  bool reading() const { return static_cast<bool>(reader_); }

  /// Ends a read that waits: with what has arrived if there is something, otherwise in vain.
  void end_read();

  /// Ends the wait whose deadline has passed; returns whether there was one.
  bool sweep(clock::time_point now);

  /// Ends the direction to the peer.
  void shutdown() { stream_.shutdown(); }

  /// Ends the connection, and the wait for it.
  void abort();

  /// Returns memory that is rarely needed to the system.
  void release_large_buffers();

private:
  bool try_read();
  bool try_write();
  void on_readable() override;
  void on_writable() override;
  void abort_wait();

  stream& stream_;
  std::size_t written_ = 0; // of out
  clock::time_point deadline_ = clock::time_point::max();
  bool expired_ = false;
  bool succeeded_ = false; // the read or write that was waited for
  wait_point reader_;
  wait_point writer_;
};

} // namespace tally
