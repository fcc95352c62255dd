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

/// Runs the executable to its end.
struct finished {
  int status;
  std::string output;
  std::string errors;
};
finished run_tally(const environment& variables, const std::vector<std::string>& arguments = {});

/// A serving tally on a port of 127.0.0.1 that the system chose. One worker and short delays unless
/// `variables` say otherwise. Its log is shown when a test fails.
class tally_process {
public:
  /// Waits until it listens.
  explicit tally_process(environment variables,
                         const std::vector<std::string>& command = {tally_executable()});
  /// The same, with that Redis, and waits until all workers could count.
  explicit tally_process(const redis_server& redis, environment variables = {},
                         const std::vector<std::string>& command = {tally_executable()});
  ~tally_process();

  std::uint16_t port() const { return port_; }
  http_client connect() const { return http_client{port_}; }
  http_response get(std::string_view target) const { return fetch(port_, target); }

  /// The log so far, whole lines only, each as it was written.
  std::vector<std::string> log_lines() const;
  /// All events of this name so far.
  std::vector<boost::json::object> events(std::string_view name) const;
  /// Waits for the event to be there `times` times and returns the last of these.
  boost::json::object wait_for_event(std::string_view name, std::size_t times = 1) const;

  /// Waits until /readyz answers with this status; returns the answer's body.
  std::string wait_for_readyz(int status) const;

  void signal(int number) { process_.signal(number); }
  /// Waits for the end, and returns the exit status; throws when it does not come.
  int wait();
  /// SIGTERM, and waits.
  int stop();
  bool running() { return process_.running(); }
  std::string everything_written() const { return process_.output() + process_.errors(); }

private:
  process process_;
  std::uint16_t port_ = 0;
  int exceptions_;
};

/// The variables that point tally at this Redis.
environment pointing_at(const redis_server& redis, environment others = {});

} // namespace tally::test
