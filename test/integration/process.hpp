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

/// Variables by name.
using environment = std::map<std::string, std::string>;

/// A child process with an environment of its own, its two outputs kept in files. It is killed and
/// reaped when this object goes, and by the kernel when the thread that started it ends.
class process {
public:
  /// Starts `arguments[0]`, looked up on the PATH. The child sees `variables`, a PATH and the
  /// options of the sanitizers, and nothing else of ours. Throws when it cannot be started.
  explicit process(const std::vector<std::string>& arguments, const environment& variables = {});
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid_t id() const { return id_; }
  bool running();
  void signal(int number) const;

  /// SIGKILL, and waits for the end.
  void kill();

  /// Waits for the end: the exit status, or 128 and the number of the signal that ended it.
  /// Nothing when it still runs at the deadline.
  std::optional<int> wait(std::chrono::milliseconds limit = patience);

  std::string output() const { return text_of(folder_.path() / "stdout"); }
  std::string errors() const { return text_of(folder_.path() / "stderr"); }

private:
  temporary_folder folder_;
  pid_t id_ = -1;
  std::optional<int> status_;
};

} // namespace tally::test
