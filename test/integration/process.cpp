#include "process.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace tally::test {

namespace {

environment with_inherited(environment variables)
{
  // Some distributions have nginx and redis-server in sbin, which is not on every user's PATH.
  const char* path = std::getenv("PATH");
  variables.try_emplace("PATH", std::string{path ? path : "/usr/bin:/bin"} + ":/usr/sbin:/sbin");
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(name))
      variables.try_emplace(name, value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (auto& string : strings)
    list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

int open_for_writing(const std::filesystem::path& file)
{
  const int descriptor =
      ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0)
    throw std::system_error{errno, std::generic_category(), file.string()};
  return descriptor;
}

} // namespace

process::process(const std::vector<std::string>& arguments, const environment& variables)
{
  auto argument_strings = arguments;
  std::vector<std::string> variable_strings;
  for (const auto& [name, value] : with_inherited(variables))
    variable_strings.emplace_back(name).append("=").append(value);
  const auto argv = pointers(argument_strings);
  const auto envp = pointers(variable_strings);

  const int output = open_for_writing(folder_.path() / "stdout");
  const int errors = open_for_writing(folder_.path() / "stderr");
  // The child writes its errno into this pipe if it fails; a successful exec closes its end.
  int error_pipe[2];
  if (::pipe2(error_pipe, O_CLOEXEC) < 0)
    throw std::system_error{errno, std::generic_category(), "pipe"};

  const pid_t parent = ::getpid();
  id_ = ::fork();
  if (id_ == 0) {
    // Other threads may hold locks: only async-signal-safe calls between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(127);
    const int input = ::open("/dev/null", O_RDONLY);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // a child must not keep Asio's sockets open
    ::execvpe(argv[0], argv.data(), envp.data());
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(error_pipe[1], &error, sizeof error);
    ::_exit(127);
  }
  int error = id_ < 0 ? errno : 0;
  ::close(output);
  ::close(errors);
  ::close(error_pipe[1]);
  if (id_ > 0 && ::read(error_pipe[0], &error, sizeof error) > 0)
    ::waitpid(id_, nullptr, 0);
  ::close(error_pipe[0]);
  if (error)
    throw std::system_error{error, std::generic_category(),
                            "cannot start " + arguments[0] +
                                " (make deps installs what the tests need)"};
}

process::~process()
{
  kill();
}

bool process::running()
{
  return !wait(std::chrono::milliseconds{0});
}

void process::signal(int number) const
{
  if (!status_)
    ::kill(id_, number);
}

void process::kill()
{
  signal(SIGKILL);
  wait();
}

std::optional<int> process::wait(std::chrono::milliseconds timeout)
{
  return eventually(
      [this] {
        int status = 0;
        if (!status_ && ::waitpid(id_, &status, WNOHANG) == id_)
          status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return status_;
      },
      timeout);
}

} // namespace tally::test
