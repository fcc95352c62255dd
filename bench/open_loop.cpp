// Open-loop HTTP/1.1 load: requests fall due at random times (Poisson), whether or not earlier
// ones have been answered, and latency counts from the time a request was due. A request that finds
// no free connection waits in a queue, and its wait counts.
//
//   open_loop PORT PATH CONNECTIONS RATE SECONDS WARM_UP_SECONDS [NAMES]
//
// Every {} in PATH becomes a random number below NAMES. Prints "measuring" after the warm-up, later
// one line of JSON, and keeps its connections until stdin ends: between the two lines the server
// has done nothing but answer. Times are in microseconds.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <vector>

namespace {

using nanoseconds = std::int64_t;
constexpr nanoseconds second = 1'000'000'000;
constexpr nanoseconds drain_time = second; // for what is unanswered when the measurement ends
constexpr nanoseconds retry_pause = second / 10;

nanoseconds now()
{
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * second + time.tv_nsec;
}

enum class state { closed, connecting, idle, busy };

struct connection {
  int fd = -1;
  state is = state::closed;
  nanoseconds due = 0; // the request that it carries
  std::size_t size = 0;
  std::array<char, 4096> buffer{};
};

// The size of a whole response at the start of the text; 0 if it is not complete, npos if it has
// no length, or does not fit.
std::size_t response_size(std::string_view text, std::size_t capacity)
{
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == text.npos)
    return text.size() < capacity ? 0 : text.npos;
  constexpr std::string_view field = "\r\ncontent-length:";
  const auto head = text.substr(0, head_end);
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  const auto* found = std::search(head.begin(), head.end(), field.begin(), field.end(), same);
  if (found == head.end())
    return text.npos;
  const auto* digits = found + field.size();
  while (digits != head.end() && *digits == ' ')
    ++digits;
  std::size_t length = 0;
  if (std::from_chars(digits, head.end(), length).ec != std::errc{} || length > capacity)
    return text.npos;
  const auto size = head_end + 4 + length;
  if (size > capacity)
    return text.npos;
  return size <= text.size() ? size : 0;
}

struct options {
  int port, connections;
  std::string path;
  double rate, seconds, warm_up;
  std::uint64_t names;
};

class open_loop {
public:
  explicit open_loop(const options& given)
      : options_(given), all_(static_cast<std::size_t>(given.connections)),
        interval_(given.rate / second), name_(0, given.names - 1)
  {
    latencies_.reserve(static_cast<std::size_t>(given.rate * given.seconds * 1.1) + 1000);
    set_request_parts();
  }

  void run()
  {
    for (auto& each : all_)
      connect(each);
    const auto latest_start = now() + 5 * second;
    while (idle_.size() < all_.size() && now() < latest_start) {
      handle_events(now() + second / 100);
      reconnect(now());
    }

    const auto start = now();
    measured_from_ = start + static_cast<nanoseconds>(options_.warm_up * second);
    measured_to_ = measured_from_ + static_cast<nanoseconds>(options_.seconds * second);
    bool measuring = false;
    for (auto time = start, next = start;; time = now()) {
      if (!measuring && time >= measured_from_) {
        measuring = true;
        std::puts("measuring");
        std::fflush(stdout);
      }
      for (; next <= time && next < measured_to_;
           next += static_cast<nanoseconds>(interval_(random_))) {
        queue_.push_back(next);
        requests_ += next >= measured_from_;
      }
      reconnect(time);
      send_due();
      const bool over = next >= measured_to_;
      if (over && (time >= measured_to_ + drain_time || (queue_.empty() && in_flight_ == 0)))
        return;
      handle_events(over ? time + second / 1000 : next);
    }
  }

  void print()
  {
    // What is still unanswered has waited at least until now.
    const auto end = now();
    std::size_t unanswered = 0;
    const auto add = [&](nanoseconds due) {
      if (due >= measured_from_) {
        latencies_.push_back(end - due);
        ++unanswered;
      }
    };
    std::for_each(queue_.begin(), queue_.end(), add);
    for (const auto& each : all_)
      if (each.is == state::busy)
        add(each.due);
    std::sort(latencies_.begin(), latencies_.end());
    const auto percentile = [&](double share) {
      const auto rank = std::ceil(share * static_cast<double>(latencies_.size()));
      const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
      return latencies_.empty() ? 0 : static_cast<double>(latencies_[index]) / 1e3;
    };
    std::printf("{\"seconds\":%.6f,\"requests\":%zu,\"answered_in_time\":%zu,"
                "\"answered_since\":%zu,\"answered_ever\":%zu,\"in_doubt\":%zu,"
                "\"connect\":%zu,\"read\":%zu,\"status\":%zu,\"unanswered\":%zu,"
                "\"p50\":%.1f,\"p99\":%.1f,\"p99.9\":%.1f,\"max\":%.1f}\n",
                static_cast<double>(measured_to_ - measured_from_) / second, requests_,
                answered_in_time_, answered_since_, answered_ever_, lost_ + in_flight_,
                connect_errors_, read_errors_, status_errors_, unanswered, percentile(0.5),
                percentile(0.99), percentile(0.999), percentile(1));
    std::fflush(stdout);
  }

private:
  void set_request_parts()
  {
    const auto text = "GET " + options_.path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::size_t from = 0;
    for (std::size_t at = 0; (at = text.find("{}", from)) != text.npos; from = at + 2)
      request_parts_.push_back(text.substr(from, at - from));
    request_parts_.push_back(text.substr(from));
  }

  void connect(connection& each)
  {
    each.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(each.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(each.fd, generic, sizeof address) < 0 && errno != EINPROGRESS)
      return close(each, connect_errors_);
    each.is = state::connecting;
    watch(each, EPOLL_CTL_ADD, EPOLLOUT);
  }

  void watch(connection& each, int operation, std::uint32_t events) const
  {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &each;
    epoll_ctl(epoll_, operation, each.fd, &event);
  }

  void close(connection& each, std::size_t& errors)
  {
    ++errors;
    if (each.is == state::busy)
      --in_flight_, ++lost_;
    if (each.is == state::idle)
      std::erase(idle_, &each);
    ::close(each.fd);
    each.is = state::closed;
    closed_.push_back({now() + retry_pause, &each});
  }

  void reconnect(nanoseconds time)
  {
    while (!closed_.empty() && closed_.front().retry_at <= time) {
      auto& each = *closed_.front().which;
      closed_.pop_front();
      connect(each);
    }
  }

  void set_idle(connection& each)
  {
    each.is = state::idle;
    each.size = 0;
    idle_.push_back(&each);
  }

  void send_due()
  {
    while (!queue_.empty() && !idle_.empty()) {
      auto& each = *idle_.front();
      const auto& request = make_request();
      if (send(each.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(request.size())) {
        close(each, read_errors_); // the request stays in the queue
        continue;
      }
      idle_.pop_front();
      each.is = state::busy;
      each.due = queue_.front();
      queue_.pop_front();
      ++in_flight_;
    }
  }

  const std::string& make_request()
  {
    request_ = request_parts_.front();
    for (std::size_t part = 1; part < request_parts_.size(); ++part) {
      request_ += std::to_string(name_(random_));
      request_ += request_parts_[part];
    }
    return request_;
  }

  void handle_events(nanoseconds until)
  {
    const auto pause = std::max<nanoseconds>(until - now(), 0);
    const timespec timeout{pause / second, pause % second};
    std::array<epoll_event, 512> events{};
    const auto count = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
    for (int index = 0; index < count; ++index) {
      auto& each = *static_cast<connection*>(events[static_cast<std::size_t>(index)].data.ptr);
      if (each.is == state::connecting)
        finish_connect(each);
      else if (each.is != state::closed)
        read(each);
    }
  }

  void finish_connect(connection& each)
  {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(each.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0)
      return close(each, connect_errors_);
    watch(each, EPOLL_CTL_MOD, EPOLLIN);
    set_idle(each);
  }

  void read(connection& each)
  {
    const auto got =
        recv(each.fd, each.buffer.data() + each.size, each.buffer.size() - each.size, 0);
    if (got < 0 && errno == EAGAIN)
      return;
    if (got <= 0 || each.is != state::busy)
      return close(each, read_errors_);
    each.size += static_cast<std::size_t>(got);
    const std::string_view text{each.buffer.data(), each.size};
    const auto size = response_size(text, each.buffer.size());
    if (size == 0)
      return;
    if (size != each.size) // no length, too long, or more than one response
      return close(each, read_errors_);
    handle_response(each.due, text.starts_with("HTTP/1.1 200"));
    --in_flight_;
    set_idle(each);
  }

  void handle_response(nanoseconds due, bool ok)
  {
    const auto time = now();
    if (!ok) {
      ++status_errors_;
      return;
    }
    ++answered_ever_;
    answered_since_ += time >= measured_from_;
    answered_in_time_ += time >= measured_from_ && time < measured_to_;
    if (due >= measured_from_)
      latencies_.push_back(time - due);
  }

  struct closed_connection {
    nanoseconds retry_at;
    connection* which;
  };

  options options_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<connection> all_;
  std::deque<connection*> idle_; // used in turn
  std::deque<closed_connection> closed_;
  std::deque<nanoseconds> queue_;          // when each was due
  std::vector<std::string> request_parts_; // a name belongs between each two
  std::string request_;
  std::mt19937_64 random_{1};
  std::exponential_distribution<> interval_;
  std::uniform_int_distribution<std::uint64_t> name_;
  nanoseconds measured_from_ = 0, measured_to_ = 0;
  std::vector<nanoseconds> latencies_;
  std::size_t requests_ = 0, answered_ever_ = 0, answered_since_ = 0, answered_in_time_ = 0;
  std::size_t in_flight_ = 0, lost_ = 0;
  std::size_t connect_errors_ = 0, read_errors_ = 0, status_errors_ = 0;
};

} // namespace

int main(int argc, char** argv)
{
  if (argc < 7 || argc > 8) {
    std::fputs("usage: open_loop PORT PATH CONNECTIONS RATE SECONDS WARM_UP_SECONDS [NAMES]\n",
               stderr);
    return 2;
  }
  const options given{std::atoi(argv[1]),
                      std::atoi(argv[3]),
                      argv[2],
                      std::atof(argv[4]),
                      std::atof(argv[5]),
                      std::atof(argv[6]),
                      argc == 8 ? std::strtoull(argv[7], nullptr, 10) : 1};
  if (given.port < 1 || given.connections < 1 || !(given.rate > 0) || given.names < 1) {
    std::fputs("open_loop: PORT, CONNECTIONS, RATE and NAMES must be above 0\n", stderr);
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1UL); // or the kernel wakes it up to 50 us late
  open_loop load{given};
  load.run();
  load.print();
  while (std::getchar() != EOF) {
  }
}
