#include <tally/base/log.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tally {
namespace {

// Longer texts are truncated, so that a line fits in PIPE_BUF: a pipe takes it whole or not at all.
constexpr std::size_t max_text = 1024;

// O_NONBLOCK belongs to the open file description, which the shell and other programs share. So a
// pipe or a terminal is opened a second time. A file is not: the two descriptions would each have
// a position and overwrite each other's lines, and a write to a file waits for no reader.
int reopen(int fd)
{
  struct stat status {};
  if (fstat(fd, &status) != 0 || !(S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)))
    return -1;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return open(path.c_str(), O_WRONLY | O_NONBLOCK | O_APPEND | O_NOCTTY | O_CLOEXEC);
}

// JSON is Unicode, and peers may send anything: write ASCII only.
std::string to_text(const boost::json::object& line)
{
  std::string text = boost::json::serialize(line) + '\n';
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c > '~'; }, '?');
  return text;
}

// RFC 3339, in UTC, with milliseconds.
std::string timestamp(log::time_point now)
{
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const auto millisecond = std::chrono::floor<std::chrono::milliseconds>(now - second).count();
  const std::time_t time = std::chrono::system_clock::to_time_t(second);
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%FT%T", &utc);
  std::string fraction = std::to_string(millisecond);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::string{text.data()} + '.' + fraction + 'Z';
}

boost::json::object begin_line(log::time_point now, log_level level, std::string_view event)
{
  return {{"time", timestamp(now)}, {"level", to_string(level)}, {"event", event}};
}

} // namespace

std::string_view to_string(log_level level)
{
  static constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

log::log(int fd, log_level threshold, time_point (*now)())
    : own_fd_{reopen(fd)}, fd_{own_fd_ < 0 ? fd : own_fd_}, threshold_{threshold}, now_{now}
{
}

log::~log()
{
  if (own_fd_ >= 0)
    close(own_fd_);
}

void log::debug(std::string_view event, std::initializer_list<field> fields)
{
  write(log_level::debug, event, fields);
}

void log::info(std::string_view event, std::initializer_list<field> fields)
{
  write(log_level::info, event, fields);
}

void log::warning(std::string_view event, std::initializer_list<field> fields)
{
  write(log_level::warning, event, fields);
}

void log::error(std::string_view event, std::initializer_list<field> fields)
{
  write(log_level::error, event, fields);
}

void log::write(log_level level, std::string_view event, std::initializer_list<field> fields)
{
  if (!enabled(level))
    return;
  const time_point now = now_();
  unsigned suppressed = 0;
  if (level != log_level::debug) {
    const auto admitted = admit(event, now);
    if (!admitted)
      return;
    suppressed = *admitted;
  }
  boost::json::object line = begin_line(now, level, event);
  for (const field& each : fields) {
    boost::json::value& value = line.emplace(each.first, each.second).first->value();
    if (value.is_string() && value.get_string().size() > max_text)
      value.get_string().replace(max_text, boost::json::string::npos, "...");
  }
  if (suppressed != 0)
    line.emplace("suppressed", suppressed);
  const std::string text = to_text(line);

  const std::lock_guard lock{mutex_};
  if (dropped_ != 0) { // at any threshold: the dropped lines had passed it
    boost::json::object report = begin_line(now, log_level::warning, "log_lines_dropped");
    report.emplace("count", dropped_);
    if (send(to_text(report)))
      dropped_ = 0;
  }
  if (dropped_ != 0 || !send(text)) {
    ++dropped_;
    ++all_dropped_;
  }
}

// Returns how many lines of this event were suppressed before this one, or nothing if this one must
// be suppressed, too.
std::optional<unsigned> log::admit(std::string_view event, time_point now)
{
  const std::lock_guard lock{mutex_};
  auto found = floods_.find(event);
  if (found == floods_.end())
    found = floods_.emplace(event, flood{now}).first;
  flood& recent = found->second;
  unsigned suppressed = 0;
  if (now - recent.start >= window || now < recent.start) { // or the clock was set back
    suppressed = recent.suppressed;
    recent = flood{now};
  }
  if (recent.written == burst) {
    ++recent.suppressed;
    return std::nullopt;
  }
  ++recent.written;
  return suppressed;
}

// Returns whether the line was written, at least in part. Its rest is written before any other
// line.
bool log::send(std::string_view line)
{
  unsent_.erase(0, send_some(unsent_));
  if (!unsent_.empty())
    return false;
  const std::size_t sent = send_some(line);
  if (sent != 0)
    unsent_ = line.substr(sent);
  return sent != 0;
}

// Writes as much as possible without blocking, and returns how much that was.
std::size_t log::send_some(std::string_view bytes) const
{
  std::size_t sent = 0;
  while (sent != bytes.size()) {
    // A descriptor that could not be reopened may be a socket, or may block. A pipe that poll(2)
    // reports as writable takes PIPE_BUF bytes without blocking.
    const auto piece = bytes.substr(sent, PIPE_BUF);
    ssize_t n = ::send(fd_, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    pollfd writable{fd_, POLLOUT, 0};
    if (n < 0 && errno == ENOTSOCK && poll(&writable, 1, 0) == 1)
      n = ::write(fd_, piece.data(), piece.size());
    if (n <= 0)
      break;
    sent += static_cast<std::size_t>(n);
  }
  return sent;
}

} // namespace tally
