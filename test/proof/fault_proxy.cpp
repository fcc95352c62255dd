#include "fault_proxy.hpp"

#include "wait.hpp"

#include <tally/base/clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <future>
#include <utility>

namespace tally::test {

namespace {

using asio::ip::tcp;

// Completes with a tuple that begins with the error_code.
constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> as_tuple{use_awaitable};

using tcp_socket = asio::basic_stream_socket<tcp, executor>;

tcp::endpoint local(std::uint16_t port)
{
  return {asio::ip::address_v4::loopback(), port};
}

using pause_timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, executor>;

bool is_batch(std::string_view command)
{
  constexpr std::string_view name = "\r\n$7\r\nEVALSHA\r\n";
  constexpr std::string_view epoch = ":.epoch\r\n";
  if (const auto at = command.find(epoch); at != command.npos) {
    // A probe has one counter, and sequence 0 behind it: it counts nobody.
    const auto length = command.find("\r\n", at + epoch.size());
    const auto end = command.find("\r\n", length + 2);
    if (command.substr(end).starts_with("\r\n$1\r\n0\r\n"))
      return false;
  }
  return command.substr(command.find("\r\n"), name.size()) == name;
}

// The script's answer to a batch that it has seen already.
bool is_known(std::string_view reply)
{
  return reply.starts_with('$') && reply.substr(reply.find("\r\n")).starts_with("\r\n=");
}

// A Tally that is started meanwhile must not inherit it: it would keep open what we cut.
void close_on_exec(int socket)
{
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
}

// False when there is no more.
awaitable<bool> read(tcp_socket& from, std::string& received)
{
  const auto before = received.size();
  received.resize(before + 16384);
  const auto [failure, size] =
      co_await from.async_read_some(asio::buffer(received.data() + before, 16384), as_tuple);
  received.resize(before + (failure ? 0 : size));
  co_return !failure;
}

awaitable<void> write(tcp_socket& to, std::string_view bytes)
{
  co_await asio::async_write(to, asio::buffer(bytes), as_tuple); // a lost reader is no concern
}

} // namespace

std::size_t resp_size(std::string_view bytes)
{
  const auto line = bytes.find("\r\n");
  if (line == bytes.npos)
    return 0;
  std::size_t size = line + 2;
  if (bytes[0] != '$' && bytes[0] != '*')
    return size;
  auto length = std::stoll(std::string{bytes.substr(1, line - 1)});
  if (length < 0)
    return size;
  if (bytes[0] == '$') {
    size += static_cast<std::size_t>(length) + 2;
    return size <= bytes.size() ? size : 0;
  }
  for (; length > 0; --length) {
    const auto element = resp_size(bytes.substr(size));
    if (element == 0)
      return 0;
    size += element;
  }
  return size;
}

// One connection of Tally's, and the one to Redis that belongs to it. Two coroutines carry the
// commands one way and the replies the other; each keeps it alive.
class fault_proxy::relay : public std::enable_shared_from_this<relay> {
public:
  relay(fault_proxy& proxy, tcp_socket tally)
      : proxy_{proxy}, tally_{std::move(tally)}, redis_{tally_.get_executor()},
        pause_{tally_.get_executor()}
  {
    redis_.open(tcp::v4());
    close_on_exec(tally_.native_handle());
    close_on_exec(redis_.native_handle());
  }

  awaitable<void> run()
  {
    const auto kept = shared_from_this();
    const auto [failure] = co_await redis_.async_connect(local(proxy_.redis_), as_tuple);
    if (failure)
      co_return close();
    asio::co_spawn(tally_.get_executor(), replies(), asio::detached);
    co_await commands();
  }

  void close()
  {
    boost::system::error_code ignored;
    tally_.close(ignored);
    redis_.close(ignored);
    pause_.cancel();
  }

  /// Delivers what was held and returns the reply; empty when Redis is gone.
  awaitable<std::string> deliver()
  {
    const auto kept = shared_from_this();
    co_await write(redis_, held_);
    std::string reply;
    while (!resp_size(reply)) { // GCC 12 loses a co_await that follows an &&
      const bool more = co_await read(redis_, reply);
      if (!more)
        break;
    }
    close();
    co_return reply;
  }

private:
  struct expected {
    bool batch;
    std::optional<fault> befalls;
  };

  awaitable<void> commands()
  {
    std::string received;
    while (co_await read(tally_, received))
      while (const auto size = resp_size(received)) {
        auto command = received.substr(0, size);
        received.erase(0, size);
        const bool batch = is_batch(command);
        auto befalls = batch ? proxy_.befalls() : std::nullopt;
        if (befalls && befalls->what == fault::kind::cut_before)
          co_return close();
        if (befalls && befalls->what == fault::kind::hold)
          co_return hold(std::move(command));
        expected_.push_back({batch, std::move(befalls)});
        co_await write(redis_, command);
      }
    close();
  }

  void hold(std::string command)
  {
    held_ = std::move(command);
    {
      const std::lock_guard lock{proxy_.mutex_};
      proxy_.held_.push_back(shared_from_this());
    }
    boost::system::error_code ignored;
    tally_.close(ignored);
    redis_.cancel(ignored); // ends replies(), which leaves the connection as it is
  }

  awaitable<void> replies()
  {
    const auto kept = shared_from_this();
    std::string received;
    while (co_await read(redis_, received))
      while (const auto size = resp_size(received)) {
        const auto reply = received.substr(0, size);
        received.erase(0, size);
        if (expected_.empty())
          co_return close();
        const expected next = std::move(expected_.front());
        expected_.pop_front();
        proxy_.known_ += next.batch && is_known(reply);
        if (next.befalls)
          co_await answer(reply, *next.befalls);
        else if (!silent_)
          co_await write(tally_, reply);
      }
    if (held_.empty())
      close();
  }

  awaitable<void> answer(std::string_view reply, const fault& befalls)
  {
    switch (befalls.what) {
    case fault::kind::cut_after:
      co_return close();
    case fault::kind::truncate:
      co_await write(tally_, reply.substr(0, reply.size() / 2));
      co_return close();
    case fault::kind::delay:
      co_await sleep(befalls.delay);
      co_return co_await write(tally_, reply);
    case fault::kind::replace:
      co_return co_await write(tally_, befalls.bytes);
    case fault::kind::append:
      if (befalls.delay.count() == 0)
        co_return co_await write(tally_, std::string{reply} + befalls.bytes);
      co_await write(tally_, reply);
      co_await sleep(befalls.delay);
      co_return co_await write(tally_, befalls.bytes);
    default: // silence; the others never come here
      silent_ = true;
    }
  }

  awaitable<void> sleep(std::chrono::milliseconds time)
  {
    pause_.expires_after(time);
    co_await pause_.async_wait(as_tuple);
  }

  fault_proxy& proxy_;
  tcp_socket tally_;
  tcp_socket redis_;
  pause_timer pause_;
  std::deque<expected> expected_; // replies, in their order
  bool silent_ = false;
  std::string held_;
};

fault_proxy::fault_proxy(std::uint16_t redis) : redis_{redis}
{
  open();
  thread_ = std::jthread{[this] {
    const auto work = asio::make_work_guard(loop_);
    loop_.run();
  }};
}

fault_proxy::~fault_proxy()
{
  loop_.stop();
}

void fault_proxy::next(fault what)
{
  const std::lock_guard lock{mutex_};
  next_.push_back(std::move(what));
}

void fault_proxy::every(unsigned n, fault what)
{
  const std::lock_guard lock{mutex_};
  every_ = n;
  each_ = std::move(what);
}

void fault_proxy::refuse()
{
  on_loop([this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  });
  cut();
}

void fault_proxy::accept()
{
  on_loop([this] {
    if (!acceptor_.is_open())
      open();
  });
}

void fault_proxy::open()
{
  acceptor_.open(tcp::v4());
  close_on_exec(acceptor_.native_handle());
  acceptor_.set_option(tcp::acceptor::reuse_address{true});
  acceptor_.bind(local(port()));
  acceptor_.listen();
  asio::co_spawn(loop_.get_executor(), listen(), asio::detached);
}

void fault_proxy::cut()
{
  on_loop([this] {
    for (const auto& each : std::exchange(relays_, {}))
      if (const auto alive = each.lock())
        alive->close();
  });
}

void fault_proxy::lead_to(std::uint16_t redis)
{
  on_loop([this, redis] { redis_ = redis; });
  cut();
}

void fault_proxy::on_loop(std::function<void()> what)
{
  std::packaged_task<void()> task{std::move(what)};
  auto done = task.get_future();
  asio::post(loop_, [&] { task(); });
  done.get();
}

std::vector<std::string> fault_proxy::release()
{
  std::vector<std::shared_ptr<relay>> due;
  {
    const std::lock_guard lock{mutex_};
    due.swap(held_);
  }
  std::vector<std::string> replies;
  for (const auto& each : due) {
    auto reply = asio::co_spawn(loop_.get_executor(), each->deliver(), asio::use_future);
    // Redis may be frozen meanwhile: the batch is then even later.
    if (reply.wait_for(patience) == std::future_status::ready)
      if (auto text = reply.get(); !text.empty())
        replies.push_back(std::move(text));
  }
  return replies;
}

std::size_t fault_proxy::held() const
{
  const std::lock_guard lock{mutex_};
  return held_.size();
}

awaitable<void> fault_proxy::listen()
{
  for (;;) {
    tcp_socket socket{loop_.get_executor()};
    const auto [failure] = co_await acceptor_.async_accept(socket, as_tuple);
    if (failure)
      co_return;
    socket.set_option(tcp::no_delay{true});
    ++connections_;
    const auto fresh = std::make_shared<relay>(*this, std::move(socket));
    std::erase_if(relays_, [](const auto& each) { return each.expired(); });
    relays_.push_back(fresh);
    asio::co_spawn(loop_.get_executor(), fresh->run(), asio::detached);
  }
}

std::optional<fault> fault_proxy::befalls()
{
  const int number = ++batches_;
  const std::lock_guard lock{mutex_};
  std::optional<fault> what;
  if (!next_.empty()) {
    what = std::move(next_.front());
    next_.pop_front();
  } else if (every_ != 0 && static_cast<unsigned>(number) % every_ == 0) {
    what = each_;
  }
  faults_ += what.has_value();
  return what;
}

} // namespace tally::test
