#include "link_proxy.hpp"

#include "fault_relay.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <future>
#include <utility>

namespace tally::test {

using asio::ip::tcp;

namespace {

// In bytes. A client logs in and says what it is with its first commands.
constexpr std::size_t greeting_size = 2048;

} // namespace

/// One connection of a client, and its own connection to the server. Each of its two coroutines
/// keeps it alive.
class link_proxy::relay : public std::enable_shared_from_this<relay> {
public:
  relay(link_proxy& proxy, tcp_socket client)
      : proxy_{proxy}, client_{std::move(client)}, server_{client_.get_executor()}
  {
    server_.open(tcp::v4());
    close_on_exec(client_.native_handle());
    close_on_exec(server_.native_handle());
  }

  awaitable<void> run()
  {
    const auto self = shared_from_this();
    const auto [error] =
        co_await server_.async_connect(loopback_endpoint(proxy_.server_port_), as_tuple);
    if (error)
      co_return close();
    server_.set_option(tcp::no_delay{true});
    asio::co_spawn(client_.get_executor(), forward(server_, client_, false), asio::detached);
    co_await forward(client_, server_, true);
  }

  void close()
  {
    boost::system::error_code ignored;
    client_.close(ignored);
    server_.close(ignored);
  }

  bool closed() const { return !client_.is_open(); }
  bool stalled() const { return stalled_; }
  void update() { stalled_ = stalled_ || proxy_.must_stall(greeting_); }

private:
  awaitable<void> forward(tcp_socket& from, tcp_socket& to, bool from_client)
  {
    const auto self = shared_from_this();
    std::array<char, 65536> bytes; // NOLINT(*-member-init): the socket fills it
    for (;;) {
      const auto [read_error, size] = co_await from.async_read_some(asio::buffer(bytes), as_tuple);
      if (!read_error && from_client && greeting_.size() < greeting_size) {
        greeting_.append(bytes.data(), size);
        update();
      }
      if (stalled_)
        co_return; // heal() closes it
      if (read_error)
        co_return close();
      const auto [write_error, written] =
          co_await asio::async_write(to, asio::buffer(bytes.data(), size), as_tuple);
      if (write_error)
        co_return close();
    }
  }

  link_proxy& proxy_;
  tcp_socket client_;
  tcp_socket server_;
  std::string greeting_;
  bool stalled_ = false;
};

link_proxy::link_proxy() : acceptor_{loop_, loopback_endpoint(0)}
{
  port_ = acceptor_.local_endpoint().port();
  close_on_exec(acceptor_.native_handle());
  asio::co_spawn(loop_.get_executor(), listen(), asio::detached);
  thread_ = std::jthread{[this] {
    const auto work = asio::make_work_guard(loop_);
    loop_.run();
  }};
}

link_proxy::~link_proxy()
{
  loop_.stop();
}

void link_proxy::forward_to(std::uint16_t port)
{
  run_on_loop([this, port] {
    if (std::exchange(server_port_, port) != port)
      for (const auto& each : relays_)
        each->close();
  });
}

void link_proxy::stall(std::vector<std::string> words)
{
  run_on_loop([&] {
    words_ = std::move(words);
    for (const auto& each : relays_)
      each->update();
  });
}

void link_proxy::heal()
{
  run_on_loop([this] {
    words_.clear();
    for (const auto& each : relays_)
      if (each->stalled())
        each->close();
  });
}

bool link_proxy::must_stall(const std::string& greeting) const
{
  return std::ranges::any_of(
      words_, [&](const auto& word) { return greeting.find(word) != greeting.npos; });
}

awaitable<void> link_proxy::listen()
{
  for (;;) {
    tcp_socket socket{loop_.get_executor()};
    const auto [error] = co_await acceptor_.async_accept(socket, as_tuple);
    if (error)
      continue;
    socket.set_option(tcp::no_delay{true});
    std::erase_if(relays_, [](const auto& each) { return each->closed(); });
    relays_.push_back(std::make_shared<relay>(*this, std::move(socket)));
    asio::co_spawn(loop_.get_executor(), relays_.back()->run(), asio::detached);
  }
}

void link_proxy::run_on_loop(std::function<void()> function)
{
  std::packaged_task<void()> task{std::move(function)};
  auto done = task.get_future();
  asio::post(loop_, [&] { task(); });
  done.get();
}

} // namespace tally::test
