#include "fault_relay.hpp"

#include "resp.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <utility>

namespace tally::test {

using asio::ip::tcp;

namespace {

// Returns false at the end of the stream or on an error.
awaitable<bool> read(tcp_socket& socket, std::string& received)
{
  const auto before = received.size();
  received.resize(before + 16384);
  const auto [error, size] =
      co_await socket.async_read_some(asio::buffer(received.data() + before, 16384), as_tuple);
  received.resize(before + (error ? 0 : size));
  co_return !error;
}

// Ignores errors: the reading side notices a lost connection.
awaitable<void> write(tcp_socket& socket, std::string_view bytes)
{
  co_await asio::async_write(socket, asio::buffer(bytes), as_tuple);
}

} // namespace

tcp::endpoint loopback_endpoint(std::uint16_t port)
{
  return {asio::ip::address_v4::loopback(), port};
}

void close_on_exec(int socket)
{
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
}

fault_proxy::relay::relay(fault_proxy& proxy, tcp_socket tally)
    : proxy_{proxy}, tally_{std::move(tally)}, redis_{tally_.get_executor()},
      delay_timer_{tally_.get_executor()}, closed_{tally_.get_executor(), clock::time_point::max()}
{
  redis_.open(tcp::v4());
  close_on_exec(tally_.native_handle());
  close_on_exec(redis_.native_handle());
}

awaitable<void> fault_proxy::relay::run()
{
  const auto self = shared_from_this();
  const auto [error] =
      co_await redis_.async_connect(loopback_endpoint(proxy_.redis_port_), as_tuple);
  if (error)
    co_return close();
  asio::co_spawn(tally_.get_executor(), forward_replies(), asio::detached);
  co_await forward_commands();
}

void fault_proxy::relay::close()
{
  boost::system::error_code ignored;
  tally_.close(ignored);
  redis_.close(ignored);
  delay_timer_.cancel();
  closed_.expires_at(clock::time_point::min());
}

awaitable<std::string> fault_proxy::relay::deliver()
{
  const auto self = shared_from_this();
  expected_replies_.push_back({.held = true});
  co_await write(redis_, held_command_);
  co_await closed_.async_wait(as_tuple);
  co_return held_reply_;
}

awaitable<void> fault_proxy::relay::forward_commands()
{
  std::string received;
  while (co_await read(tally_, received))
    while (const auto size = resp_size(received)) {
      auto command = received.substr(0, size);
      received.erase(0, size);
      const bool batch = is_batch(command);
      auto injected = batch ? proxy_.take_fault() : std::nullopt;
      if (injected && injected->type == fault::kind::cut_before)
        co_return close();
      if (injected && injected->type == fault::kind::hold)
        co_return hold(std::move(command));
      expected_replies_.push_back({.batch = batch, .injected = std::move(injected)});
      co_await write(redis_, command);
    }
  close();
}

void fault_proxy::relay::hold(std::string command)
{
  held_command_ = std::move(command);
  {
    const std::lock_guard lock{proxy_.mutex_};
    proxy_.held_.push_back(shared_from_this());
  }
  boost::system::error_code ignored;
  tally_.close(ignored);
}

awaitable<void> fault_proxy::relay::forward_replies()
{
  const auto self = shared_from_this();
  std::string received;
  while (co_await read(redis_, received))
    while (const auto size = resp_size(received)) {
      const auto reply = received.substr(0, size);
      received.erase(0, size);
      if (expected_replies_.empty())
        co_return close();
      const expected_reply expected = std::move(expected_replies_.front());
      expected_replies_.pop_front();
      if (expected.held) {
        held_reply_ = reply;
        co_return close();
      }
      if (!held_command_.empty())
        continue; // Tally's connection is closed, and the one to Redis must stay open
      proxy_.duplicates_ += expected.batch && is_duplicate(reply);
      if (expected.injected)
        co_await apply(*expected.injected, reply);
      else if (!silent_)
        co_await write(tally_, reply);
    }
  close();
}

awaitable<void> fault_proxy::relay::apply(const fault& injected, std::string_view reply)
{
  switch (injected.type) {
  case fault::kind::cut_after:
    co_return close();
  case fault::kind::truncate:
    co_await write(tally_, reply.substr(0, reply.size() / 2));
    co_return close();
  case fault::kind::delay:
    co_await sleep(injected.delay);
    co_return co_await write(tally_, reply);
  case fault::kind::replace:
    co_return co_await write(tally_, injected.bytes);
  case fault::kind::append:
    if (injected.delay.count() == 0)
      co_return co_await write(tally_, std::string{reply} + injected.bytes);
    co_await write(tally_, reply);
    co_await sleep(injected.delay);
    co_return co_await write(tally_, injected.bytes);
  default: // silence; cut_before and hold are handled before the command is forwarded
    silent_ = true;
  }
}

awaitable<void> fault_proxy::relay::sleep(std::chrono::milliseconds duration)
{
  delay_timer_.expires_after(duration);
  co_await delay_timer_.async_wait(as_tuple);
}

} // namespace tally::test
