#include "redis/hiredis_adapter.hpp"

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

// The largest answer to any command of ours is an error text.
constexpr std::size_t longest_reply = 65536;

// No command of ours is answered with an array, so hiredis need not make one: its size would be
// the peer's to choose. hiredis takes the null for a lack of memory and closes.
template <class... Arguments>
void* refuse_array(Arguments...)
{
  return nullptr;
}

redisReplyObjectFunctions without_arrays(redisReplyObjectFunctions functions)
{
  functions.createArray = &refuse_array;
  return functions;
}

redis_reply convert(const redisReply* reply)
{
  using kind = redis_reply::kind;
  if (!reply)
    return {};
  switch (reply->type) {
  case REDIS_REPLY_NIL:
    return {kind::nil, {}};
  case REDIS_REPLY_STATUS:
  case REDIS_REPLY_STRING:
    return {kind::text, {reply->str, reply->len}};
  case REDIS_REPLY_ERROR:
    return {kind::error, {reply->str, reply->len}};
  default:
    return {kind::other, {}};
  }
}

// Returns what has arrived, without reading it; empty if nothing has.
std::string peek(int socket)
{
  std::array<char, 512> bytes; // NOLINT(*-member-init): the kernel writes it
  const auto size = recv(socket, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// A peer that speaks between two commands says why it hangs up: with too many clients, or in
// protected mode, Redis sends an error reply to the connection itself.
std::string goodbye(const std::string& words)
{
  return words.size() > 1 && words.front() == '-' ? words.substr(1) : "a reply to no command";
}

} // namespace

// The functions that hiredis knows us by.
struct hiredis_adapter::hooks {
  static hiredis_adapter& self(void* data) { return *static_cast<hiredis_adapter*>(data); }

  static void add_read(void* data) { self(data).want_read_ = true; }

  static void del_read(void* data) { self(data).want_read_ = false; }

  static void add_write(void* data)
  {
    auto& me = self(data);
    me.want_write_ = true;
    // hiredis 0.14 takes any wake-up for the end of connect(2), so that one has to be a real one;
    // and when it asks from within a write, the socket is full. Otherwise the socket is almost
    // surely writable: write at the end of this turn, without asking the kernel first.
    if (me.writing_)
      me.await_writable(true);
    else if (!me.awaits_writable_)
      me.loop_.defer(me);
  }

  static void del_write(void* data) { self(data).want_write_ = false; }

  // The one call that hiredis makes on every way to the end of a context, after the callbacks of
  // all pending replies. The descriptor is hiredis' to close.
  static void cleanup(void* data)
  {
    auto& me = self(data);
    const std::string why = !me.why_.empty()     ? me.why_
                            : me.context_->c.err ? me.context_->c.errstr
                                                 : "closed";
    me.context_ = nullptr;
    me.want_read_ = me.want_write_ = false;
    me.handler_.on_close(why);
  }

  static void connected(const redisAsyncContext* context, int status)
  {
    if (status == REDIS_OK)
      self(context->data).handler_.on_connect();
  }

  static void replied(redisAsyncContext* context, void* reply, void* data)
  {
    self(data).handler_.on_reply(convert(static_cast<const redisReply*>(reply)));
    // hiredis asserts that nothing comes which nobody waits for: do not let it look.
    const redisReader& reader = *context->c.reader;
    if (reply && !context->replies.head && reader.pos < reader.len)
      self(data).fail("more replies than commands");
  }
};

void hiredis_adapter::connect(const asio::ip::tcp::endpoint& to)
{
  // A numeric address: hiredis' own look-up of a name would block the loop.
  redisAsyncContext* const context = redisAsyncConnect(to.address().to_string().c_str(), to.port());
  if (!context || context->err) {
    const std::string why = context ? context->errstr : "out of memory";
    if (context)
      redisAsyncFree(context);
    return handler_.on_close(why);
  }
  try {
    loop_.add(context->c.fd, EPOLLIN | EPOLLOUT, *this);
  } catch (const boost::system::system_error& failure) {
    redisAsyncFree(context);
    return handler_.on_close(failure.what());
  }
  context_ = context;
  static redisReplyObjectFunctions functions = without_arrays(*context->c.reader->fn);
  context->c.reader->fn = &functions;
  context->data = this;
  context->ev.data = this;
  context->ev.addRead = &hooks::add_read;
  context->ev.delRead = &hooks::del_read;
  context->ev.addWrite = &hooks::add_write;
  context->ev.delWrite = &hooks::del_write;
  context->ev.cleanup = &hooks::cleanup;
  redisAsyncSetConnectCallback(context, &hooks::connected);
}

// Level-triggered, since hiredis does not read all there is at once.
void hiredis_adapter::await_writable(bool wanted)
{
  if (context_ && awaits_writable_ != wanted)
    loop_.rearm(context_->c.fd, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, *this);
  awaits_writable_ = wanted;
}

// hiredis may end the context within each of its calls.
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
  if (!context_->replies.head) {
    const std::string words = peek(context_->c.fd);
    if (!words.empty())
      return fail(goodbye(words));
  }
  redisAsyncHandleRead(context_);
  if (context_ && context_->c.reader->len > longest_reply)
    fail("a reply without end");
}

void hiredis_adapter::fail(std::string why)
{
  why_ = std::move(why);
  close();
}

bool hiredis_adapter::send(std::string_view command)
{
  return context_ && redisAsyncFormattedCommand(context_, &hooks::replied, this, command.data(),
                                                command.size()) == REDIS_OK;
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
