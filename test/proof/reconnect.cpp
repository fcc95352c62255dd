#include "reconnect.hpp"

#include "checker.hpp"
#include "counters.hpp"
#include "crowd.hpp"
#include "history.hpp"
#include "process.hpp"
#include "process_usage.hpp"
#include "redis_info.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"
#include "wait.hpp"

#include <cstdint>
#include <exception>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tally::test {

namespace {

void print(std::string_view label, const process_usage& usage)
{
  std::cout << std::setw(8) << label << ": " << usage.descriptors << " descriptors, "
            << usage.resident_kib << " KiB resident" << std::endl;
}

environment reconnect_settings(const redis_server& redis, std::uint16_t port)
{
  return pointing_at(redis, {{"PORT", std::to_string(port)},
                             {"TALLY_ADDRESS", "127.0.0.1"},
                             {"TALLY_THREADS", "1"},
                             {"TALLY_REDIS_BACKOFF_MIN_MS", "1"},
                             {"TALLY_REDIS_BACKOFF_MAX_MS", "1"}});
}

bool wait_until_ready(std::uint16_t port)
{
  return eventually([port] {
    try {
      return fetch(port, "/readyz").status == 200;
    } catch (const std::exception&) {
      return false; // not listening yet
    }
  });
}

void kill_connections(const redis_server& redis, process& tally, int times)
{
  auto admin = redis.connect();
  const auto begin = connections_received(admin);
  auto next_print = times / 4;
  for (long long done = 0; done < times; done = connections_received(admin) - begin) {
    admin.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    if (done >= next_print) {
      print(std::to_string(done), read_usage(tally.id()));
      next_print += times / 4;
    }
    if (!tally.running())
      throw std::runtime_error{"tally has exited:\n" + tally.errors()};
  }
}

bool print_verdict(const history& outcomes, const redis_server& redis, bool leaked)
{
  const auto violations = find_violations(outcomes.all(), totals_in(redis));
  for (const auto& each : violations)
    std::cout << "WRONG: " << each << '\n';
  std::cout << outcomes.summary() << "; Redis total " << redis.visits() << '\n'
            << "verdict: "
            << (leaked               ? "descriptors leak"
                : violations.empty() ? "no descriptor lost, every promise kept"
                                     : "promises broken")
            << std::endl;
  return !leaked && violations.empty();
}

} // namespace

bool run_reconnects(int times)
{
  redis_server redis;
  const reserved_port port;
  process tally{{tally_executable()}, reconnect_settings(redis, port.number())};
  // Visits before the first measurement cause all allocations that happen only once.
  history outcomes;
  crowd{{port.number()}, outcomes, 4, 10}.wait();
  if (!wait_until_ready(port.number()))
    throw std::runtime_error{"tally does not become ready:\n" + tally.errors()};
  const auto before = read_usage(tally.id());
  print("before", before);

  crowd visitors{{port.number()}, outcomes, 4};
  kill_connections(redis, tally, times);
  visitors.stop();
  if (!wait_until_ready(port.number()))
    throw std::runtime_error{"tally does not become ready again:\n" + tally.errors()};
  const bool leaked =
      !eventually([&] { return read_usage(tally.id()).descriptors <= before.descriptors; });
  print("after", read_usage(tally.id()));
  return print_verdict(outcomes, redis, leaked);
}

} // namespace tally::test
