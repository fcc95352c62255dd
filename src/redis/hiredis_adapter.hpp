#pragma once

#include <tally/net/awaitable.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/redis/reply.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

struct redisAsyncContext;

namespace tally {

/// One hiredis connection on a worker's loop. It connects once and is lost once; the next
/// connection is another adapter.
///
/// hiredis calls back from deep inside itself. None of the handler's calls below may therefore call
/// back into the adapter: note what happened, and act from the loop.
class hiredis_adapter : event_loop::event_handler, event_loop::deferred {
public:
  class event_handler {
  public:
    /// The connection stands; commands flow.
    virtual void on_connect() = 0;
    /// The reply to the oldest command that had none; kind::none when the connection is lost.
    virtual void on_reply(redis_reply reply) = 0;
    /// The connection is gone, or never came about; every command sent has had its on_reply.
    virtual void on_close(std::string_view why) = 0;

  protected:
    ~event_handler() = default;
  };

  /// The loop and the handler must outlive it.
  hiredis_adapter(event_loop& loop, event_handler& handler) : loop_{loop}, handler_{handler} {}
  ~hiredis_adapter() { close(); }
  hiredis_adapter(const hiredis_adapter&) = delete;
  hiredis_adapter& operator=(const hiredis_adapter&) = delete;

  /// Begins to connect. Once.
  void connect(const asio::ip::tcp::endpoint& to);

  /// Sends a formatted command; false, and no on_reply, when the connection is gone. What is sent
  /// within one turn of the loop leaves in one write, at its end.
  bool send(std::string_view command);

  /// Drops the connection, whatever is under way on it.
  void close();

private:
  struct hooks;

  void on_events(std::uint32_t events) override;
  void on_turn_end() override;
  void read();
  void write();
  void fail(std::string why);
  void await_writable(bool wanted);

  event_loop& loop_;
  event_handler& handler_;
  redisAsyncContext* context_ = nullptr; // frees itself; null from then on
  std::string why_;                      // closed by us, for this reason; else empty
  bool want_read_ = false;
  bool want_write_ = false;
  bool awaits_writable_ = true; // the end of connect(2)
  bool writing_ = false;
};

} // namespace tally
