#include "redis/hiredis_adapter.hpp"

#include "redis/hiredis_reply.hpp"
#include "redis/hiredis_socket.hpp"

#include <tally/redis/command.hpp>

#include <boost/system/system_error.hpp>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <cstddef>
#include <string>
#include <sys/epoll.h>
#include <utility>

namespace tally {
namespace {

// In bytes. The largest reply to any command of ours is an error text.
constexpr std::size_t max_reply = 65536;

// A message of a channel needs no command.
bool awaits_no_reply(const redisAsyncContext& context)
{
  return !context.replies.head && (context.c.flags & REDIS_SUBSCRIBED) == 0;
}

} // namespace

// The callbacks of hiredis.
struct hiredis_adapter::hooks {
  static hiredis_adapter& adapter_of(void* data) { return *static_cast<hiredis_adapter*>(data); }

  static void add_read(void* data) { adapter_of(data).want_read_ = true; }

  static void del_read(void* data) { adapter_of(data).want_read_ = false; }

  static void add_write(void* data)
  {
    auto& adapter = adapter_of(data);
    adapter.want_write_ = true;
    // hiredis 0.14 takes any write event for the end of connect(2), so the first one must come from
    // the kernel. If hiredis asks during a write, the socket is full. Otherwise the socket is
    // almost surely writable: write at the end of this turn, without asking the kernel first.
    if (adapter.writing_)
      adapter.await_writable(true);
    else if (!adapter.awaits_writable_)
      adapter.loop_.defer(adapter);
  }

  static void del_write(void* data) { adapter_of(data).want_write_ = false; }

  // hiredis calls this whenever a context ends, for any cause, after the callbacks of all commands
  // in flight. Afterwards it closes the descriptor.
  static void cleanup(void* data)
  {
    auto& adapter = adapter_of(data);
    std::string error = !adapter.error_.empty()   ? adapter.error_
                        : adapter.context_->c.err ? adapter.context_->c.errstr
                                                  : "closed";
    if (adapter.error_.empty() && adapter.tls_ && adapter.tls_->started())
      error = adapter.tls_->error(error);
    adapter.context_ = nullptr;
    adapter.want_read_ = adapter.want_write_ = false;
    adapter.handler_.on_close(error);
  }

  static void connected(const redisAsyncContext* context, int status)
  {
    auto& adapter = adapter_of(context->data);
    adapter.established_ = status == REDIS_OK && !adapter.tls_;
    if (adapter.established_)
      adapter.handler_.on_connect();
  }

  static void replied(redisAsyncContext* context, void* reply, void* data)
  {
    adapter_of(data).handler_.on_reply(convert(static_cast<const redisReply*>(reply)));
    // hiredis asserts that no reply comes without a command. Close before it parses one.
    const redisReader& reader = *context->c.reader;
    if (reply && awaits_no_reply(*context) && reader.pos < reader.len)
      adapter_of(data).fail("more replies than commands");
  }
};

void hiredis_adapter::connect(const redis_endpoint& endpoint)
{
  if (endpoint.tls)
    tls_ = endpoint.tls->new_session(endpoint.tls_host);
  if (endpoint.tls && !tls_)
    return handler_.on_close("TLS: no certificate can have the name " + endpoint.tls_host);
  auto begun = begin_to_connect(endpoint);
  if (!begun)
    return handler_.on_close(begun.error());
  redisAsyncContext* const context = begun->get();
  try {
    loop_.add(context->c.fd, EPOLLIN | EPOLLOUT, *this);
  } catch (const boost::system::system_error& error) {
    return handler_.on_close(error.what());
  }
  context_ = begun->release();
  limit_arrays(*context->c.reader, array_elements_);
  context->data = this;
  context->ev.data = this;
  context->ev.addRead = &hooks::add_read;
  context->ev.delRead = &hooks::del_read;
  context->ev.addWrite = &hooks::add_write;
  context->ev.delWrite = &hooks::del_write;
  context->ev.cleanup = &hooks::cleanup;
  redisAsyncSetConnectCallback(context, &hooks::connected);
}

// Level-triggered, since hiredis does not always read all bytes that are there.
void hiredis_adapter::await_writable(bool wanted)
{
  if (context_ && awaits_writable_ != wanted)
    loop_.rearm(context_->c.fd, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
  awaits_writable_ = wanted;
}

// Any call into hiredis may end the context, so context_ is checked before each.
void hiredis_adapter::on_events(std::uint32_t events)
{
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  const bool writable = awaits_writable_ && (broken || (events & EPOLLOUT) != 0);
  if (context_ && writable)
    await_writable(false);
  if (context_ && tls_ && tls_->started() && !established_)
    return shake_hands();
  if (context_ && writable)
    write();
  if (context_ && want_read_ && (broken || (events & EPOLLIN) != 0))
    read();
}

void hiredis_adapter::on_turn_end()
{
  if (context_ && want_write_ && !awaits_writable_)
    write();
}

void hiredis_adapter::read()
{
  if (tls_)
    tls_->forget_errors();
  if (awaits_no_reply(*context_)) {
    const std::string bytes = tls_ ? tls_->peek() : peek(context_->c.fd);
    if (!bytes.empty())
      return fail(unsolicited_error(bytes));
  }
  // hiredis reads a whole TLS record: no bytes stay in OpenSSL, where epoll(7) does not see them.
  redisAsyncHandleRead(context_);
  if (context_ && context_->c.reader->len > max_reply)
    fail("a reply that is too large");
}

void hiredis_adapter::fail(std::string error)
{
  error_ = std::move(error);
  close();
}

bool hiredis_adapter::write(std::string_view command)
{
  return context_ && redisAsyncFormattedCommand(context_, &hooks::replied, this, command.data(),
                                                command.size()) == REDIS_OK;
}

bool hiredis_adapter::subscribe(std::string_view channel)
{
  const redis_command command{"SUBSCRIBE", channel};
  if (context_)
    accept_messages_only(*context_->c.reader);
  return write(command.bytes());
}

void hiredis_adapter::close()
{
  if (context_)
    redisAsyncFree(context_);
}

void hiredis_adapter::write()
{
  if (tls_)
    tls_->forget_errors();
  writing_ = true;
  redisAsyncHandleWrite(context_);
  writing_ = false;
  if (tls_ && context_ && (context_->c.flags & REDIS_CONNECTED) != 0)
    continue_tls();
}

} // namespace tally
