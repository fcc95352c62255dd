#include "app/administrator.hpp"
#include "app/command_line.hpp"
#include "app/config.hpp"
#include "app/healthcheck.hpp"
#include "app/worker_pool.hpp"

#include <tally/base/log.hpp>
#include <tally/net/listener.hpp>
#include <tally/redis/sentinel_monitor.hpp>
#include <tally/redis/tls.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace {

using tally::command;

enum exit_status { stopped = 0, failed = 1, usage_error = 2 };

int fail(std::string_view error, exit_status status)
{
  std::cerr << "tally: " << error << '\n';
  return status;
}

// The soft limit, often 1024, protects programs that use select(2). Tally does not, and its own
// settings limit the connections.
std::size_t raise_descriptor_limit()
{
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

// Connections per worker, at most as many as there are descriptors. Some are reserved, so that
// Tally can count, and reconnect to Redis, while all connections are in use.
std::size_t connection_limit(const tally::config& settings, std::size_t descriptors)
{
  constexpr std::size_t per_process = 16;
  constexpr std::size_t per_worker = 12;
  const std::size_t reserved =
      per_process + per_worker * settings.threads +
      tally::sentinel_monitor::descriptors_per_sentinel * settings.redis.sentinels.size();
  const std::size_t available = descriptors > reserved ? descriptors - reserved : 0;
  return std::max<std::size_t>(
      1, std::min(settings.http.max_connections, available / settings.threads));
}

int serve(tally::config settings)
{
  tally::log log{STDERR_FILENO, settings.log_level};
  const std::size_t descriptors = raise_descriptor_limit();
  const auto listening = tally::listen(settings.http.address, settings.http.port, settings.threads);
  if (!listening)
    return fail(listening.error(), failed);
  log.info("starting", {{"version", tally::version()}, {"config", tally::describe(settings)}});
  const std::size_t connections = connection_limit(settings, descriptors);
  if (connections < settings.http.max_connections)
    log.warning("few_descriptors", {{"descriptors", descriptors}, {"connections", connections}});
  settings.http.max_connections = connections;

  tally::worker_pool workers{settings, *listening, log};
  try {
    workers.start();
  } catch (const std::system_error& error) {
    // The threads that have started cannot be joined, so end the process with them.
    std::_Exit(fail("cannot start " + std::to_string(workers.thread_count()) + " threads: " +
                        error.code().message() + "; allow more or set TALLY_THREADS lower",
                    failed));
  }
  log.info("listening", {{"address", listening->endpoint.address().to_string()},
                         {"port", listening->endpoint.port()}});
  workers.run();
  log.info("stopped");
  return stopped;
}

int administer(const tally::command_line& line, const tally::config& settings)
{
  tally::administrator administrator{line, settings.redis};
  const auto outcome = administrator.run();
  std::cout << outcome.output << std::flush;
  if (!std::cout)
    return fail("cannot write the output", failed);
  // Without destructors: they would wait for a look-up of REDIS_HOST, which nothing can interrupt.
  if (!outcome.error.empty())
    std::_Exit(fail(outcome.error, failed));
  return stopped;
}

} // namespace

int main(int argc, char** argv)
{
  std::signal(SIGPIPE, SIG_IGN); // write(2) to a closed connection returns EPIPE instead
  try {
    const auto line = tally::parse_command_line(argc, argv);
    if (!line)
      return fail(line.error(), usage_error);
    if (line->task == command::help || line->task == command::version) {
      std::cout << (line->task == command::help ? tally::help() : std::string{tally::version()})
                << '\n';
      return stopped;
    }
    auto settings = tally::parse_config(tally::process_environment);
    if (!settings)
      return fail(settings.error(), usage_error);
    if (settings->redis.tls && line->task != command::healthcheck) {
      const auto files = tally::load_tls(settings->redis);
      if (!files)
        return fail(files.error(), usage_error);
      settings->redis.tls_files = *files;
    }
    if (line->task == command::serve)
      return serve(std::move(*settings));
    if (line->task != command::healthcheck)
      return administer(*line, *settings);
    const auto healthy = tally::healthcheck(settings->http);
    return healthy ? stopped : fail(healthy.error(), failed);
  } catch (const std::exception& error) {
    return fail(error.what(), failed);
  }
}
