// What Redis answers: a counter is greeted as it should be, two visits are counted, and the bytes
// come back for an answer. Whatever they are, each visit has an outcome in the end.

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

// A Redis that says what it is told to, on a port of its own.
class parrot {
public:
  parrot() : listening_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)}
  {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* const generic = reinterpret_cast<sockaddr*>(&address_);
    require(::bind(listening_, generic, size) == 0 && ::listen(listening_, 8) == 0 &&
            ::getsockname(listening_, generic, &size) == 0);
  }

  std::uint16_t port() const { return ntohs(address_.sin_port); }

  bool accept()
  {
    return (connected_ = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;
  }

  // Whoever has come since the last time, perhaps of the input before, is no part of this.
  void forget()
  {
    while (accept())
      hang_up();
  }

  // Whether a command has come since the last time.
  bool asked()
  {
    std::array<char, 4096> command{};
    return ::recv(connected_, command.data(), command.size(), 0) > 0;
  }

  void say(std::string_view bytes)
  {
    [[maybe_unused]] const auto n = ::send(connected_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  void hang_up()
  {
    const linger at_once{1, 0}; // a port in TIME_WAIT for each input would use them all up
    ::setsockopt(connected_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(connected_);
  }

private:
  int listening_;
  int connected_ = -1;
  sockaddr_in address_{};
};

tally::task await_number(tally::pending_total& who,
                         std::optional<tally::result<std::int64_t>>& number)
{
  require(!number);
  number = co_await who;
}

// A turn that does not wait.
void turn(tally::event_loop& loop)
{
  loop.post([] {});
  loop.run_turn();
}

void run_until(tally::event_loop& loop, const auto& condition)
{
  const auto end = tally::clock::now() + std::chrono::seconds{20};
  while (!condition()) {
    require(tally::clock::now() < end);
    turn(loop);
  }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  static parrot redis;
  static tally::log log{-1, tally::log_level::error};
  redis.forget();
  tally::redis_settings settings;
  settings.port = redis.port();
  settings.connect_timeout = settings.reply_timeout = std::chrono::seconds{60};

  tally::event_loop loop;
  tally::resolver names{settings.host, settings.port}; // the host is an address
  tally::high_water_marks marks{log};
  tally::redis_counter* counting = nullptr;
  const auto setup_commands = [&] { return counting->setup_commands(); };
  tally::redis_connection connection{loop, names, settings, setup_commands, log, 0};
  tally::redis_counter counter{loop, connection, settings, marks};
  counting = &counter;
  bool ended = false;
  boost::asio::co_spawn(loop.get_executor(), connection.run(),
                        [&](const std::exception_ptr& failure) {
                          require(!failure);
                          ended = true;
                        });
  run_until(loop, [&] { return redis.accept(); });
  for (const std::string_view greeting :
       {"+PONG\r\n", "$1\r\nx\r\n", "$5\r\n0 0 0\r\n", "$5\r\n0 0 0\r\n", "$5\r\n0 0 0\r\n",
        "$5\r\n0 0 0\r\n"}) {
    run_until(loop, [&] { return redis.asked(); });
    redis.say(greeting);
  }
  run_until(loop, [&] { return connection.condition() == tally::redis_condition::ready; });
  run_until(loop, [&] { return redis.asked(); }); // the probe of the counter
  redis.say("$5\r\n0 0 0\r\n");

  std::array<tally::pending_total, 3> who;
  std::array<std::optional<tally::result<std::int64_t>>, 3> numbers;
  std::array<tally::task, 3> waits;
  counter.count({}, who[0]);
  counter.count({}, who[1]);
  counter.total({}, who[2]);
  for (std::size_t i = 0; i != who.size(); ++i) {
    waits[i] = await_number(who[i], numbers[i]);
    waits[i].start([](const std::exception_ptr& failure) { require(!failure); });
  }
  run_until(loop, [&] { return redis.asked(); });
  redis.say({reinterpret_cast<const char*>(data), size});
  for (int turns = 0; turns != 20; ++turns)
    turn(loop);
  redis.hang_up();
  for (int turns = 0; turns != 20; ++turns)
    turn(loop);
  connection.stop();
  run_until(loop, [&] { return ended; });

  for (const auto& number : numbers)
    require(number.has_value());
  if (*numbers[0] && *numbers[1])
    require(**numbers[0] < **numbers[1]);
  return 0;
}
