#pragma once

#include <tally/awaitable.hpp>
#include <tally/redis_reply.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct redisAsyncContext;

namespace tally {

/// One hiredis connection on an Asio event loop. It connects once and is lost once; the next
/// connection is another adapter.
///
/// hiredis calls back from deep inside itself. None of the owner's calls below may therefore call
/// back into the adapter: note what happened, and act from the loop.
class hiredis_adapter : public std::enable_shared_from_this<hiredis_adapter> {
public:
  class owner {
  public:
    /// The connection stands; commands flow.
    virtual void on_connect() = 0;
    /// The connection is gone, or never came about; every command sent has had its on_reply.
    virtual void on_close(std::string_view why) = 0;

  protected:
    ~owner() = default;
  };

  /// Who waits for a reply. Is told exactly once, in the order of sending, and must live until
  /// then; a lost connection tells it redis_reply::kind::none.
  class waiter {
  public:
    virtual void on_reply(redis_reply reply) = 0;

  protected:
    ~waiter() = default;
  };

  /// Begins to connect. The owner must live until on_close.
  static std::shared_ptr<hiredis_adapter>
  connect(executor loop, const asio::ip::tcp::endpoint& endpoint, owner& to);

  hiredis_adapter(executor loop, owner& to);
  hiredis_adapter(const hiredis_adapter&) = delete;
  hiredis_adapter& operator=(const hiredis_adapter&) = delete;

  /// Sends a formatted command; false, and no on_reply, when the connection is gone. What is sent
  /// within one turn of the loop leaves in one write.
  bool send(std::string_view command, waiter& waits);

  /// Drops the connection, whatever is under way on it.
  void close();

private:
  struct hooks;
  enum class direction { read, write };

  void attach(redisAsyncContext* context);
  void read();
  void flush();
  void fail(const char* why);
  void await(direction way);
  bool wanted(direction way) const { return way == direction::read ? want_read_ : want_write_; }

  executor loop_;
  owner& owner_;
  redisAsyncContext* context_ = nullptr; // frees itself; null from then on
  asio::posix::basic_stream_descriptor<executor> descriptor_;
  const char* why_ = nullptr; // closed by us, for this reason
  bool want_read_ = false;
  bool want_write_ = false;
  bool awaits_read_ = false;
  bool awaits_write_ = false;
  bool flush_posted_ = false;
  bool writing_ = false;
};

} // namespace tally
