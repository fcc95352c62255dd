#include <tally/command_line.hpp>
#include <tally/config.hpp>
#include <tally/healthcheck.hpp>
#include <tally/listener.hpp>
#include <tally/log.hpp>
#include <tally/worker.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <list>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

namespace asio = boost::asio;

enum exit_status { stopped = 0, failed = 1, misused = 2 };

int fail(std::string_view why, exit_status status)
{
  std::cerr << "tally: " << why << '\n';
  return status;
}

// What holds a worker back past its drain cannot be interrupted: a name being looked up, whose
// getaddrinfo(3) has no deadline. Every visit has its answer by then.
constexpr std::chrono::seconds overtime{1};

// Connections are limited by settings; the soft limit, 1024 on many machines, is there for programs
// that use select(2).
void raise_descriptor_limit()
{
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int serve(const tally::config& settings)
{
  raise_descriptor_limit();
  tally::log log{STDERR_FILENO, settings.log_level};
  const auto endpoint = tally::find_endpoint(settings.http.address, settings.http.port);
  if (!endpoint)
    return fail(endpoint.error(), failed);
  log.info("starting", {{"version", tally::version()}, {"config", tally::describe(settings)}});

  asio::io_context loop{1};
  asio::signal_set signals{loop, SIGTERM, SIGINT};
  asio::steady_timer hard_stop{loop};
  std::list<tally::worker> workers;
  for (unsigned name = 0; name != settings.threads; ++name)
    workers.emplace_back(settings, *endpoint, log, name);

  std::size_t running = workers.size();
  std::vector<std::jthread> threads;
  for (tally::worker& each : workers)
    threads.emplace_back([&] {
      each.run();
      asio::post(loop, [&] {
        if (--running == 0)
          hard_stop.cancel();
      });
    });
  log.info("listening", {{"address", endpoint->address().to_string()}, {"port", endpoint->port()}});

  signals.async_wait([&](const boost::system::error_code&, int signal) {
    log.info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    signals.remove(SIGINT); // who asks a second time at the keyboard does not want to wait
    for (tally::worker& each : workers)
      each.stop();
    hard_stop.expires_after(settings.http.drain_delay + settings.http.drain_grace + overtime);
    hard_stop.async_wait([&](const boost::system::error_code& cancelled) {
      if (cancelled)
        return;
      log.warning("stopped", {{"reason", "out of time: a worker was held back"}});
      std::_Exit(stopped);
    });
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
    const auto settings = tally::parse_config(tally::process_environment);
    if (!settings)
      return fail(settings.error(), misused);
    if (*command == tally::command::serve)
      return serve(*settings);
    const auto healthy = tally::healthcheck(settings->http);
    return healthy ? stopped : fail(healthy.error(), failed);
  } catch (const std::exception& failure) {
    return fail(failure.what(), failed);
  }
}
