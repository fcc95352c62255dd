#include "redis/hiredis_adapter.hpp"

#include "redis/hiredis_reply.hpp"

#include <tally/redis/command.hpp>

#include <boost/system/system_error.hpp>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace tally {
namespace {

// In bytes. The largest reply to any command of ours is an error text.
constexpr std::size_t max_reply = 65536;

// Returns bytes that have arrived, and leaves them in the socket; empty if there are none.
std::string peek(int socket)
{
  std::array<char, 512> bytes; // NOLINT(*-member-init): the kernel writes it
  const auto size = recv(socket, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// Before Redis closes a connection, because of too many clients or in protected mode, it sends an
// error reply that belongs to no command.
std::string unsolicited_error(const std::string& bytes)
{
  return bytes.size() > 1 && bytes.front() == '-' ? bytes.substr(1) : "a reply without a command";
}

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
    const std::string error = !adapter.error_.empty()   ? adapter.error_
                              : adapter.context_->c.err ? adapter.context_->c.errstr
                                                        : "closed";
    adapter.context_ = nullptr;
    adapter.want_read_ = adapter.want_write_ = false;
    adapter.handler_.on_close(error);
  }

  static void connected(const redisAsyncContext* context, int status)
  {
    if (status == REDIS_OK)
      adapter_of(context->data).handler_.on_connect();
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

void hiredis_adapter::connect(const asio::ip::tcp::endpoint& endpoint)
{
  // A numeric address, since hiredis' own look-up of a name would block the loop.
  const std::string address = endpoint.address().to_string();
  redisAsyncContext* const context = redisAsyncConnect(address.c_str(), endpoint.port());
  if (!context || context->err) {
    const std::string error = context ? context->errstr : "out of memory";
    if (context)
      redisAsyncFree(context);
    return handler_.on_close(error);
  }
  try {
    loop_.add(context->c.fd, EPOLLIN | EPOLLOUT, *this);
  } catch (const boost::system::system_error& error) {
    redisAsyncFree(context);
    return handler_.on_close(error.what());
  }
  context_ = context;
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
  if (context_ && awaits_writable_ && (broken || (events & EPOLLOUT) != 0)) {
    await_writable(false);
    write();
  }
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
  if (awaits_no_reply(*context_)) {
    const std::string bytes = peek(context_->c.fd);
    if (!bytes.empty())
      return fail(unsolicited_error(bytes));
  }
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
  writing_ = true;
  redisAsyncHandleWrite(context_);
  writing_ = false;
}

} // namespace tally
