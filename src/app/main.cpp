#include "app/command_line.hpp"
#include "app/config.hpp"
#include "app/healthcheck.hpp"
#include "app/worker.hpp"

#include <tally/base/log.hpp>
#include <tally/net/listener.hpp>
#include <tally/net/resolver.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <list>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;

enum exit_status { stopped = 0, failed = 1, misused = 2 };

int fail(std::string_view why, exit_status status)
{
  std::cerr << "tally: " << why << '\n';
  return status;
}

// Every visit has its answer when the drain is over. Only the look-up of REDIS_HOST may last
// longer: getaddrinfo(3) has no deadline and cannot be interrupted.
constexpr std::chrono::seconds overtime{1};

// Connections are limited by settings; the soft limit, 1024 on many machines, is there for programs
// that use select(2).
std::size_t raise_descriptor_limit()
{
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

// No more connections than the system has descriptors for, less what Tally needs to count on and to
// connect to Redis again when they are all taken.
std::size_t affordable_connections(const tally::config& settings, std::size_t descriptors)
{
  constexpr std::size_t of_process = 16;
  constexpr std::size_t of_worker = 12;
  const std::size_t reserved = of_process + of_worker * settings.threads;
  const std::size_t left = descriptors > reserved ? descriptors - reserved : 0;
  return std::max<std::size_t>(1, std::min(settings.http.max_connections, left / settings.threads));
}

int serve(tally::config settings)
{
  tally::log log{STDERR_FILENO, settings.log_level};
  const std::size_t descriptors = raise_descriptor_limit();
  const auto port = tally::listen(settings.http.address, settings.http.port, settings.threads);
  if (!port)
    return fail(port.error(), failed);
  log.info("starting", {{"version", tally::version()}, {"config", tally::describe(settings)}});
  const std::size_t connections = affordable_connections(settings, descriptors);
  if (connections < settings.http.max_connections)
    log.warning("few_descriptors", {{"descriptors", descriptors}, {"connections", connections}});
  settings.http.max_connections = connections;

  asio::io_context loop{1};
  asio::signal_set signals{loop, SIGTERM, SIGINT};
  asio::steady_timer hard_stop{loop};
  tally::resolver names{settings.redis.host, settings.redis.port};
  tally::high_water_marks marks{log};
  std::list<tally::worker> workers;
  for (unsigned name = 0; name != settings.threads; ++name)
    workers.emplace_back(settings, *port, names, marks, log, name);

  std::size_t running = workers.size() + 1;
  std::vector<std::jthread> threads;
  const auto start = [&](auto& part) {
    threads.emplace_back([&] {
      part.run();
      asio::post(loop, [&] {
        if (--running == 0)
          hard_stop.cancel();
      });
    });
  };
  try {
    start(names);
    for (tally::worker& each : workers)
      start(each);
  } catch (const std::system_error& failure) {
    // The threads that did start cannot be joined: end with them.
    std::_Exit(fail("cannot start " + std::to_string(running) + " threads: " +
                        failure.code().message() + "; allow more or set TALLY_THREADS lower",
                    failed));
  }
  log.info("listening", {{"address", port->at.address().to_string()}, {"port", port->at.port()}});

  const auto stop_hard_after = [&](auto pause) {
    hard_stop.expires_after(pause);
    hard_stop.async_wait([&](const boost::system::error_code& cancelled) {
      if (cancelled)
        return;
      log.warning("stopped", {{"reason", "the look-up of REDIS_HOST cannot be interrupted"}});
      std::_Exit(stopped);
    });
  };
  std::size_t draining = workers.size();
  signals.async_wait([&](const boost::system::error_code&, int signal) {
    log.info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    signals.remove(SIGINT); // who asks a second time at the keyboard does not want to wait
    for (tally::worker& each : workers)
      each.stop([&] {
        asio::post(loop, [&] {
          if (--draining == 0) {
            names.stop();
            stop_hard_after(overtime);
          }
        });
      });
    stop_hard_after(settings.http.drain_delay + settings.http.drain_grace + overtime);
  });
  loop.run();
  log.info("stopped");
  return stopped;
}

} // namespace

int main(int argc, char** argv)
{
  std::signal(SIGPIPE, SIG_IGN); // a peer that is gone is an error of write(2), not an end
  try {
    const auto command = tally::parse_command_line(argc, argv);
    if (!command)
      return fail(command.error(), misused);
    if (*command == tally::command::help || *command == tally::command::version) {
      std::cout << (*command == tally::command::help ? tally::help() : tally::version()) << '\n';
      return stopped;
    }
    auto settings = tally::parse_config(tally::process_environment);
    if (!settings)
      return fail(settings.error(), misused);
    if (*command == tally::command::serve)
      return serve(std::move(*settings));
    const auto healthy = tally::healthcheck(settings->http);
    return healthy ? stopped : fail(healthy.error(), failed);
  } catch (const std::exception& failure) {
    return fail(failure.what(), failed);
  }
}
