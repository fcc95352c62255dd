// Open-loop HTTP/1.1 load: requests fall due at random times (Poisson), whether or not earlier
// requests have been answered. Latency counts from the due time. A request that finds no free
// connection waits in a queue, and the wait is part of its latency.
//
//   open_loop PORT PATH CONNECTIONS RATE SECONDS WARM_UP_SECONDS [NAMES]
//
// Every {} in PATH becomes a random number below NAMES. Prints "measuring" after the warm-up and
// one line of JSON at the end, and keeps its connections open until stdin ends: between the two
// lines the server only answers, and closes nothing. Times are in microseconds.
#include "open_loop/clock.hpp"
#include "open_loop/connections.hpp"
#include "open_loop/request_template.hpp"
#include "open_loop/statistics.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <sys/prctl.h>

namespace open_loop {
namespace {

constexpr nanoseconds drain_time = second; // for what is unanswered when the measurement ends

struct options {
  std::uint16_t port;
  std::size_t connection_count;
  std::string path;
  double rate, seconds, warm_up;
  std::uint64_t names;
};

class load_generator {
public:
  explicit load_generator(const options& given)
      : options_(given), template_(given.path, given.names), interval_(given.rate / second),
        statistics_(static_cast<std::size_t>(given.rate * given.seconds * 1.1) + 1000),
        connections_(given.connection_count, given.port, statistics_)
  {
  }

  void run()
  {
    await_connections();
    const auto start = now();
    const auto begin = start + static_cast<nanoseconds>(options_.warm_up * second);
    const auto end = begin + static_cast<nanoseconds>(options_.seconds * second);
    statistics_.set_measurement(begin, end);
    bool measuring = false;
    for (auto time = start, next = start;; time = now()) {
      if (!measuring && time >= begin) {
        measuring = true;
        std::puts("measuring");
        std::fflush(stdout);
      }
      for (; next <= time && next < end; next += static_cast<nanoseconds>(interval_(random_))) {
        queue_.push_back(next);
        statistics_.add_request(next);
      }
      connections_.reconnect(time);
      send_due();
      const bool all_due = next >= end;
      const bool all_answered = queue_.empty() && connections_.in_flight() == 0;
      if (all_due && (time >= end + drain_time || all_answered))
        return;
      connections_.handle_events(all_due ? time + second / 1000 : next);
    }
  }

  void print()
  {
    const auto time = now();
    for (const auto due : queue_)
      statistics_.add_unanswered(due, time);
    connections_.add_unanswered(time);
    statistics_.print(connections_.lost() + connections_.in_flight());
  }

private:
  void await_connections()
  {
    const auto deadline = now() + 5 * second;
    while (!connections_.all_idle() && now() < deadline) {
      connections_.handle_events(now() + second / 100);
      connections_.reconnect(now());
    }
  }

  void send_due()
  {
    while (!queue_.empty() && connections_.has_idle())
      if (connections_.send(template_.make_request(random_), queue_.front()))
        queue_.pop_front();
  }

  options options_;
  request_template template_;
  std::mt19937_64 random_{1};
  std::exponential_distribution<> interval_;
  statistics statistics_;
  connections connections_;
  std::deque<nanoseconds> queue_; // the due times of the requests that are not sent
};

} // namespace
} // namespace open_loop

int main(int argc, char** argv)
{
  if (argc < 7 || argc > 8) {
    std::fputs("usage: open_loop PORT PATH CONNECTIONS RATE SECONDS WARM_UP_SECONDS [NAMES]\n",
               stderr);
    return 2;
  }
  const auto port = std::atoi(argv[1]), connection_count = std::atoi(argv[3]);
  const auto names = argc == 8 ? std::strtoull(argv[7], nullptr, 10) : 1;
  const auto rate = std::atof(argv[4]);
  if (port < 1 || connection_count < 1 || !(rate > 0) || names < 1) {
    std::fputs("open_loop: PORT, CONNECTIONS, RATE and NAMES must be above 0\n", stderr);
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1UL); // the default lets the kernel wake a process up to 50 us late
  open_loop::load_generator load{{static_cast<std::uint16_t>(port),
                                  static_cast<std::size_t>(connection_count), argv[2], rate,
                                  std::atof(argv[5]), std::atof(argv[6]), names}};
  load.run();
  load.print();
  while (std::getchar() != EOF) {
  }
}
