// Replies from Redis: the setup succeeds, two visits and a total are requested, and the input is
// the reply. For any input, each request gets an outcome.

#include "require.hpp"

#include <tally/base/log.hpp>
#include <tally/counting/redis_counter.hpp>
#include <tally/net/event_loop.hpp>
#include <tally/net/pending_total.hpp>
#include <tally/net/task.hpp>
#include <tally/redis/connection.hpp>

#include <boost/asio/co_spawn.hpp>

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <netinet/in.h>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace {

// A Redis that sends given bytes, on its own port.
class stub_redis {
public:
  stub_redis() : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)}
  {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* const generic = reinterpret_cast<sockaddr*>(&address_);
    require(::bind(listener_, generic, size) == 0 && ::listen(listener_, 8) == 0 &&
            ::getsockname(listener_, generic, &size) == 0);
  }

  std::uint16_t port() const { return ntohs(address_.sin_port); }

  bool accept()
  {
    return (connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;
  }

  // Closes connections that remain from the previous input.
  void close_pending()
  {
    while (accept())
      close();
  }

  // Whether a command has arrived since the last call.
  bool received()
  {
    std::array<char, 4096> command{};
    return ::recv(connection_, command.data(), command.size(), 0) > 0;
  }

  void send(std::string_view bytes)
  {
    [[maybe_unused]] const auto sent =
        ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  void close()
  {
    const linger no_linger{1, 0}; // ports in TIME_WAIT, one per input, would use up all ports
    ::setsockopt(connection_, SOL_SOCKET, SO_LINGER, &no_linger, sizeof no_linger);
    ::close(connection_);
  }

private:
  int listener_;
  int connection_ = -1;
  sockaddr_in address_{};
};

tally::task await_number(tally::pending_total& request,
                         std::optional<tally::result<std::int64_t>>& number)
{
  require(!number);
  number = co_await request;
}

// Runs one turn without waiting.
void run_turn(tally::event_loop& loop)
{
  loop.post([] {});
  loop.run_turn();
}

void run_until(tally::event_loop& loop, const auto& condition)
{
  const auto deadline = tally::clock::now() + std::chrono::seconds{20};
  while (!condition()) {
    require(tally::clock::now() < deadline);
    run_turn(loop);
  }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  static stub_redis redis;
  static tally::log log{-1, tally::log_level::error};
  redis.close_pending();
  tally::redis_settings settings;
  settings.port = redis.port();
  settings.connect_timeout = settings.reply_timeout = std::chrono::seconds{60};

  tally::event_loop loop;
  tally::resolver resolver; // the host is an address
  tally::high_water_marks marks{log};
  tally::redis_counter* counter_pointer = nullptr;
  const auto setup_commands = [&] { return counter_pointer->setup_commands(); };
  tally::redis_connection connection{loop, resolver, settings, setup_commands, log, 0};
  tally::redis_counter counter{loop, connection, settings, marks};
  counter_pointer = &counter;
  bool ended = false;
  boost::asio::co_spawn(loop.get_executor(), connection.run(),
                        [&](const std::exception_ptr& error) {
                          require(!error);
                          ended = true;
                        });
  run_until(loop, [&] { return redis.accept(); });
  for (const std::string_view reply : {"+PONG\r\n", "$1\r\nx\r\n", "$5\r\n0 0 0\r\n",
                                       "$5\r\n0 0 0\r\n", "$5\r\n0 0 0\r\n", "$5\r\n0 0 0\r\n"}) {
    run_until(loop, [&] { return redis.received(); });
    redis.send(reply);
  }
  run_until(loop, [&] { return connection.state() == tally::redis_state::ready; });
  run_until(loop, [&] { return redis.received(); }); // the probe of the counter
  redis.send("$5\r\n0 0 0\r\n");

  std::array<tally::pending_total, 3> requests;
  std::array<std::optional<tally::result<std::int64_t>>, 3> numbers;
  std::array<tally::task, 3> tasks;
  counter.count(tally::default_counter, requests[0]);
  counter.count(tally::default_counter, requests[1]);
  counter.total(tally::default_counter, requests[2]);
  for (std::size_t i = 0; i != requests.size(); ++i) {
    tasks[i] = await_number(requests[i], numbers[i]);
    tasks[i].start([](const std::exception_ptr& error) { require(!error); });
  }
  run_until(loop, [&] { return redis.received(); });
  redis.send({reinterpret_cast<const char*>(data), size});
  for (int turns = 0; turns != 20; ++turns)
    run_turn(loop);
  redis.close();
  for (int turns = 0; turns != 20; ++turns)
    run_turn(loop);
  connection.stop();
  run_until(loop, [&] { return ended; });

  for (const auto& number : numbers)
    require(number.has_value());
  if (*numbers[0] && *numbers[1])
    require(**numbers[0] < **numbers[1]);
  return 0;
}
