#include "fault_proxy.hpp"

#include "fault_relay.hpp"
#include "wait.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <utility>

namespace tally::test {

using asio::ip::tcp;

fault_proxy::fault_proxy(std::uint16_t redis_port) : redis_port_{redis_port}
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

void fault_proxy::inject(fault queued)
{
  const std::lock_guard lock{mutex_};
  queued_faults_.push_back(std::move(queued));
}

void fault_proxy::inject_every(unsigned n, fault repeated)
{
  const std::lock_guard lock{mutex_};
  fault_interval_ = n;
  repeated_fault_ = std::move(repeated);
}

void fault_proxy::refuse_connections()
{
  run_on_loop([this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  });
  cut_connections();
}

void fault_proxy::accept_connections()
{
  run_on_loop([this] {
    if (!acceptor_.is_open())
      open();
  });
}

void fault_proxy::open()
{
  acceptor_.open(tcp::v4());
  close_on_exec(acceptor_.native_handle());
  acceptor_.set_option(tcp::acceptor::reuse_address{true});
  acceptor_.bind(loopback_endpoint(port()));
  acceptor_.listen();
  asio::co_spawn(loop_.get_executor(), listen(), asio::detached);
}

void fault_proxy::cut_connections()
{
  run_on_loop([this] {
    for (const auto& each : std::exchange(relays_, {}))
      if (const auto alive = each.lock())
        alive->close();
  });
}

void fault_proxy::redirect(std::uint16_t redis_port)
{
  run_on_loop([this, redis_port] { redis_port_ = redis_port; });
  cut_connections();
}

void fault_proxy::run_on_loop(std::function<void()> function)
{
  std::packaged_task<void()> task{std::move(function)};
  auto done = task.get_future();
  asio::post(loop_, [&] { task(); });
  done.get();
}

std::vector<std::string> fault_proxy::release()
{
  std::vector<std::shared_ptr<relay>> released;
  {
    const std::lock_guard lock{mutex_};
    released.swap(held_);
  }
  std::vector<std::string> replies;
  for (const auto& each : released) {
    auto reply = asio::co_spawn(loop_.get_executor(), each->deliver(), asio::use_future);
    // A frozen Redis does not reply in time: the batch then arrives even later.
    if (reply.wait_for(test_timeout) == std::future_status::ready)
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
    const auto [error] = co_await acceptor_.async_accept(socket, as_tuple);
    if (error)
      co_return;
    socket.set_option(tcp::no_delay{true});
    ++connections_;
    const auto accepted = std::make_shared<relay>(*this, std::move(socket));
    std::erase_if(relays_, [](const auto& each) { return each.expired(); });
    relays_.push_back(accepted);
    asio::co_spawn(loop_.get_executor(), accepted->run(), asio::detached);
  }
}

std::optional<fault> fault_proxy::take_fault()
{
  const int number = ++batches_;
  const std::lock_guard lock{mutex_};
  std::optional<fault> injected;
  if (!queued_faults_.empty()) {
    injected = std::move(queued_faults_.front());
    queued_faults_.pop_front();
  } else if (fault_interval_ != 0 && static_cast<unsigned>(number) % fault_interval_ == 0) {
    injected = repeated_fault_;
  }
  faults_ += injected.has_value();
  return injected;
}

} // namespace tally::test
