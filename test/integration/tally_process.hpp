#pragma once

#include "http_client.hpp"
#include "process.hpp"
#include "redis_server.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tally::test {

/// The path of the executable under test.
std::string tally_executable();

/// How a process ended.
struct finished {
  int status;
  std::string output;
  std::string errors;
};

/// Runs the executable to its end.
finished run_tally(const environment& variables, const std::vector<std::string>& arguments = {});

/// A tally that serves on a free port of 127.0.0.1. It has one worker and short delays unless
/// `variables` override them. Its log is printed when an exception ends a test.
class tally_process {
public:
  /// Waits until it listens.
  explicit tally_process(environment variables,
                         const std::vector<std::string>& command = {tally_executable()});
  /// The same with this Redis; also waits until all workers can count.
  explicit tally_process(const redis_server& redis, environment variables = {},
                         const std::vector<std::string>& command = {tally_executable()});
  ~tally_process();

  std::uint16_t port() const { return port_; }
  http_client connect() const { return http_client{port_}; }
  http_response get(std::string_view target) const { return fetch(port_, target); }

  /// The complete lines of the log so far.
  std::vector<std::string> log_lines() const;
  /// The events with this name so far.
  std::vector<boost::json::object> events(std::string_view name) const;
  /// Waits until the event was logged `times` times and returns the last of these.
  boost::json::object wait_for_event(std::string_view name, std::size_t times = 1) const;

  /// Waits until /readyz has this status; returns the body of the response.
  std::string wait_for_readyz(int status) const;

  void signal(int number) { process_.signal(number); }
  /// Waits for the end and returns the exit status; throws when the process does not end.
  int wait();
  /// Sends SIGTERM, waits, and returns the exit status.
  int stop();
  /// Waits for the end. Returns whether the exit status is 0 and the log gives no reason why the
  /// shutdown was incomplete.
  bool exits_cleanly();
  /// Sends SIGTERM, and then calls exits_cleanly().
  bool stops_cleanly();
  bool running() { return process_.running(); }
  std::string everything_written() const { return process_.output() + process_.errors(); }

private:
  process process_;
  std::uint16_t port_ = 0;
  int exceptions_;
};

/// `variables`, and those that point tally at this Redis.
environment pointing_at(const redis_server& redis, environment variables = {});

} // namespace tally::test
