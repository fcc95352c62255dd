#pragma once

#include "redis/endpoint.hpp"
#include "redis/tls_session.hpp"

#include <tally/net/event_loop.hpp>
#include <tally/redis/reply.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct redisAsyncContext;

namespace tally {

/// One hiredis connection on a worker's loop. It connects once and closes once; the next connection
/// is another adapter.
///
/// The handler is called from within hiredis. None of its functions may call back into the adapter:
/// it stores what happened, and acts on it later from the loop.
class hiredis_adapter : event_loop::event_handler, event_loop::deferred {
public:
  class event_handler {
  public:
    /// The connection is established, with TLS if the endpoint has it; commands can be sent.
    virtual void on_connect() = 0;
    /// The reply to the oldest command in flight, or a message; kind::none if the connection was
    /// lost.
    virtual void on_reply(redis_reply reply) = 0;
    /// The connection is closed, or could not be made. Each command sent has had its on_reply().
    /// `error` is text of the system or the peer, valid during the call.
    virtual void on_close(std::string_view error) = 0;

  protected:
    ~event_handler() = default;
  };

  /// Borrows the loop and the handler.
  hiredis_adapter(event_loop& loop, event_handler& handler) : loop_{loop}, handler_{handler} {}
  ~hiredis_adapter() { close(); }
  hiredis_adapter(const hiredis_adapter&) = delete;
  hiredis_adapter& operator=(const hiredis_adapter&) = delete;

  /// Begins to connect. Once. Failure is reported by on_close(), perhaps within this call.
  void connect(const redis_endpoint& endpoint);

  /// Sends a formatted command. If this returns false, the connection is closed and no on_reply()
  /// follows. All commands of one turn of the loop leave in one write, at its end.
  bool write(std::string_view command);

  /// Subscribes to a channel, or, if it is subscribed, asks for another confirmation. Confirmations
  /// and messages are on_reply() as arrays. Returns as write(), which is not to be called any more.
  bool subscribe(std::string_view channel);

  /// Closes the connection. Commands in flight get kind::none.
  void close();

private:
  struct hooks;

  void on_events(std::uint32_t events) override;
  void on_turn_end() override;
  void continue_tls();
  void shake_hands();
  void read();
  void write();
  void fail(std::string error);
  void await_writable(bool wanted);

  event_loop& loop_;
  event_handler& handler_;
  std::unique_ptr<tls_session> tls_;     // null without TLS
  redisAsyncContext* context_ = nullptr; // owned by hiredis, which frees it; then null
  std::string error_;                    // set if the adapter closes because of an error
  std::size_t array_elements_ = 0;       // that the current reply may still have
  bool established_ = false;             // as on_connect() has it
  bool want_read_ = false;
  bool want_write_ = false;
  bool awaits_writable_ = true; // at first, for the end of connect(2)
  bool writing_ = false;
};

} // namespace tally
