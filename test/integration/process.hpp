#pragma once

#include "temporary_folder.hpp"
#include "wait.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tally::test {

/// Environment variables by name.
using environment = std::map<std::string, std::string>;

/// A child process with its own environment; its stdout and stderr are kept in files. The
/// destructor kills and reaps it; the kernel kills it when the thread that started it ends.
class process {
public:
  /// Starts `arguments[0]`, looked up on the PATH. The environment of the child is `variables`, a
  /// PATH and the options of the sanitizers. Throws when it cannot be started.
  explicit process(const std::vector<std::string>& arguments, const environment& variables = {});
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid_t id() const { return id_; }
  bool running();
  void signal(int number) const;

  /// Sends SIGKILL and waits for the end.
  void kill();

  /// Waits for the end. Returns the exit status, or 128 plus the number of the signal that ended
  /// it; nothing when it still runs after `timeout`.
  std::optional<int> wait(std::chrono::milliseconds timeout = test_timeout);

  std::string output() const { return read_file(folder_.path() / "stdout"); }
  std::string errors() const { return read_file(folder_.path() / "stderr"); }

private:
  temporary_folder folder_;
  pid_t id_ = -1;
  std::optional<int> status_;
};

} // namespace tally::test
