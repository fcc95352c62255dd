// Faults of all kinds at random, for as long as one likes, and at the end the accounts.

#include "checker.hpp"
#include "crowd.hpp"
#include "fault_proxy.hpp"
#include "history.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"
#include "tcp_listener.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace tally::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds line_interval{5};

struct options {
  seconds duration{300};
  std::vector<int> replicas{1, 3};
  std::uint_fast32_t seed = std::random_device{}();
  int reconnects = 0;
};

constexpr std::string_view usage =
    "usage: tally_soak [SECONDS] [--replicas N] [--seed N]\n"
    "       tally_soak --reconnects N\n"
    "SECONDS (300) are shared out to a history with 1 replica and one with 3, or go to the one\n"
    "that --replicas asks for. --reconnects cuts Tally's connections N times instead and shows\n"
    "its descriptors and its memory before and after.\n";

options parse(const std::vector<std::string>& words)
{
  options chosen;
  const auto number = [](const std::string& word) {
    std::size_t end = 0;
    const auto value = std::stoul(word, &end);
    if (end != word.size() || value == 0)
      throw std::invalid_argument{word};
    return value;
  };
  for (auto word = words.begin(); word != words.end(); ++word) {
    const bool option = word->starts_with("--");
    const auto& name = *word;
    if (option && ++word == words.end())
      throw std::invalid_argument{name};
    if (!option)
      chosen.duration = seconds{number(name)};
    else if (name == "--replicas")
      chosen.replicas = {static_cast<int>(number(*word))};
    else if (name == "--seed")
      chosen.seed = number(*word);
    else if (name == "--reconnects")
      chosen.reconnects = static_cast<int>(number(*word));
    else
      throw std::invalid_argument{name};
  }
  return chosen;
}

/// One Tally that keeps its port while it comes and goes.
class replica {
public:
  explicit replica(std::uint16_t redis)
      : settings_{
            {"PORT", std::to_string(port_.number())},  {"REDIS_HOST", "127.0.0.1"},
            {"REDIS_PORT", std::to_string(redis)},     {"TALLY_THREADS", "2"},
            {"TALLY_VISIT_TIMEOUT_MS", "1500"},        {"TALLY_REDIS_REPLY_TIMEOUT_MS", "400"},
            {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "400"}, {"TALLY_DRAIN_DELAY_MS", "50"},
            {"TALLY_MAX_WAITING_VISITS", "256"}}
  {
    start();
  }

  void drain_and_restart()
  {
    if (const int status = process_->stop(); status != 0)
      throw std::runtime_error{"tally ended with status " + std::to_string(status) + ":\n" +
                               process_->everything_written()};
    start();
  }

  void kill_and_restart()
  {
    process_->signal(SIGKILL);
    process_->wait();
    start();
  }

  bool running() { return process_->running(); }
  void wait_until_ready() { process_->wait_for_readyz(200); }
  std::string log() const { return process_->everything_written(); }
  std::uint16_t port() const { return port_.number(); }

private:
  void start()
  {
    process_.reset();
    process_.emplace(settings_);
  }

  reserved_port port_;
  environment settings_;
  std::optional<tally_process> process_;
};

/// A history from an empty Redis to its verdict.
class soak {
public:
  soak(int replicas, std::uint_fast32_t seed)
      : random_{seed}, replicas_{make_replicas(replicas, proxy_.port())}
  {
  }

  bool run(milliseconds duration)
  {
    const auto faults = all_faults();
    crowd visitors{ports(), answers_, 32};
    const auto begun = answer::clock::now();
    auto next_line = begun + line_interval;
    while (answer::clock::now() < begun + duration) {
      const auto& fault = faults[below(faults.size())];
      ++injected_[fault.name];
      fault.inject();
      if (below(4) == 0)
        late_ += proxy_.release().size();
      wait(milliseconds{below(250)});
      if (answer::clock::now() >= next_line) {
        print_line(answer::clock::now() - begun);
        next_line += line_interval;
      }
      for (auto& each : replicas_)
        if (!each.running())
          throw std::runtime_error{"tally is gone:\n" + each.log()};
    }
    late_ += proxy_.release().size();
    for (auto& each : replicas_)
      each.wait_until_ready();
    const int before = answers_.count(200);
    if (!eventually([&] { return answers_.count(200) > before + 100; }))
      throw std::runtime_error{"it does not count again after the last fault"};
    visitors.end();
    for (auto& each : replicas_)
      each.drain_and_restart();
    return print_table();
  }

private:
  struct named_fault {
    std::string name;
    std::function<void()> inject;
  };

  static std::list<replica> make_replicas(int number, std::uint16_t redis)
  {
    std::list<replica> all;
    for (int i = 0; i < number; ++i)
      all.emplace_back(redis);
    return all;
  }

  std::vector<named_fault> all_faults()
  {
    using kind = fault::kind;
    const auto befalls = [this](kind what) { return [this, what] { proxy_.next({what}); }; };
    return {
        {"cut before the command", befalls(kind::cut_before)},
        {"cut after the command", befalls(kind::cut_after)},
        {"cut after the command, many", [this] { cut_many(); }},
        {"reply cut in half", befalls(kind::truncate)},
        {"no reply", befalls(kind::silence)},
        {"reply delayed",
         [this] {
           proxy_.next({kind::delay, "", milliseconds{below(600)}});
         }},
        {"garbage for a reply",
         [this] {
           proxy_.next({kind::replace, garbage()});
         }},
        {"a second reply",
         [this] {
           proxy_.next({kind::append, "$1\r\n7\r\n"});
         }},
        {"batch held back", befalls(kind::hold)},
        {"all connections cut", [this] { proxy_.cut(); }},
        {"connections refused", [this] { refuse_connections(); }},
        {"CLIENT KILL",
         [this] {
           command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
         }},
        {"SCRIPT FLUSH",
         [this] {
           command({"SCRIPT", "FLUSH"});
         }},
        {"out of memory",
         [this] {
           for_a_while({"CONFIG", "SET", "maxmemory", "1"}, {"CONFIG", "SET", "maxmemory", "0"});
         }},
        {"read only",
         [this] {
           for_a_while({"REPLICAOF", "127.0.0.1", "1"}, {"REPLICAOF", "NO", "ONE"});
         }},
        {"Redis killed and restarted", [this] { restart_redis(); }},
        {"Redis frozen and thawed", [this] { freeze_redis(); }},
        {"Tally drained and restarted", [this] { any_replica().drain_and_restart(); }},
        {"Tally killed and restarted", [this] { any_replica().kill_and_restart(); }},
    };
  }

  void cut_many()
  {
    proxy_.every(2, {fault::kind::cut_after});
    wait(milliseconds{200 + below(500)});
    proxy_.every(0);
  }

  void refuse_connections()
  {
    proxy_.refuse();
    wait(milliseconds{below(1000)});
    proxy_.accept();
  }

  void restart_redis()
  {
    redis_.kill();
    wait(milliseconds{below(1000)});
    redis_.start();
  }

  // Now and then for longer than a visit waits.
  void freeze_redis()
  {
    redis_.freeze();
    wait(milliseconds{below(2500)});
    redis_.thaw();
  }

  void for_a_while(const std::vector<std::string>& begin, const std::vector<std::string>& end)
  {
    command(begin);
    wait(milliseconds{below(600)});
    command(end);
  }

  void command(const std::vector<std::string>& words) { redis_.connect().command(words); }

  std::string garbage()
  {
    static const std::array<std::string, 8> all{
        "+OK\r\n",
        ":7\r\n",
        "$-1\r\n",
        "*2\r\n:7\r\n:8\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:7\r\n",
        "$1000000000\r\n" + std::string(100'000, '7'),
        "$3\r\n1x7\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
    };
    return all[below(all.size())];
  }

  // What is random is how long a fault lasts: nothing is waited for.
  static void wait(milliseconds time) { std::this_thread::sleep_for(time); }

  std::size_t below(std::size_t end)
  {
    return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
  }

  replica& any_replica()
  {
    return *std::next(replicas_.begin(), static_cast<std::ptrdiff_t>(below(replicas_.size())));
  }

  std::vector<std::uint16_t> ports() const
  {
    std::vector<std::uint16_t> all;
    for (const auto& each : replicas_)
      all.push_back(each.port());
    return all;
  }

  void print_line(answer::clock::duration since) const
  {
    int faults = 0;
    for (const auto& [name, times] : injected_)
      faults += times;
    std::cout << std::setw(5) << std::chrono::duration_cast<seconds>(since).count() << " s  "
              << answers_.summary() << "; " << faults << " faults, " << proxy_.known()
              << " batches known by their record" << std::endl;
  }

  bool print_table()
  {
    const auto total = redis_.visits();
    const auto shown = answers_.count(200);
    const auto open = answers_.count(504) + answers_.count(answer::lost);
    const auto row = [](std::string_view name, long long value) {
      std::cout << "  " << std::left << std::setw(40) << name << std::right << std::setw(10)
                << value << '\n';
    };
    std::cout << "\nhistory with " << replicas_.size()
              << (replicas_.size() == 1 ? " replica\n" : " replicas\n");
    row("answered 200: a number shown", shown);
    row("answered 503: not counted", answers_.count(503));
    row("answered 500: not counted", answers_.count(500));
    row("answered 504: once or not at all", answers_.count(504));
    row("lost: once or not at all", answers_.count(answer::lost));
    row("slowest answer, ms", answers_.slowest().count());
    row("batches sent, resent ones too", proxy_.batches());
    row("batches known by their record", proxy_.known());
    row("batches delivered late", static_cast<long long>(late_));
    std::cout << "  faults\n";
    for (const auto& [name, times] : injected_)
      row("  " + name, times);
    row("Redis total", total);
    row("at least (shown)", shown);
    row("at most (shown + 504 + lost)", shown + open);
    const auto wrong = complaints(answers_.answers(), total);
    for (const auto& each : wrong)
      std::cout << "  WRONG: " << each << '\n';
    std::cout << "  verdict: " << (wrong.empty() ? "every promise kept" : "promises broken") << '\n'
              << std::endl;
    return wrong.empty();
  }

  std::mt19937 random_;
  redis_server redis_;
  fault_proxy proxy_{redis_.port()};
  std::list<replica> replicas_;
  history answers_;
  std::map<std::string, int> injected_;
  std::size_t late_ = 0;
};

struct resources {
  std::size_t descriptors;
  long long resident_kib;
};

resources of(pid_t id)
{
  const auto folder = std::filesystem::path{"/proc"} / std::to_string(id);
  resources now{};
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator{folder / "fd"})
    ++now.descriptors;
  std::ifstream status{folder / "status"};
  for (std::string word; status >> word;)
    if (word == "VmRSS:")
      status >> now.resident_kib;
  return now;
}

void print(std::string_view when, const resources& now)
{
  std::cout << std::setw(8) << when << ": " << now.descriptors << " descriptors, "
            << now.resident_kib << " KiB resident" << std::endl;
}

long long connections_received(redis_client& redis)
{
  const auto info = *redis.command({"INFO", "stats"});
  constexpr std::string_view field = "total_connections_received:";
  return std::stoll(info.substr(info.find(field) + field.size()));
}

/// Kills Tally's connections to Redis, in whatever state they are, while a few visitors count.
bool reconnect(int times)
{
  redis_server redis;
  const reserved_port port;
  process tally{{tally_executable()},
                pointing_at(redis, {{"PORT", std::to_string(port.number())},
                                    {"TALLY_ADDRESS", "127.0.0.1"},
                                    {"TALLY_THREADS", "1"},
                                    {"TALLY_REDIS_BACKOFF_MIN_MS", "1"},
                                    {"TALLY_REDIS_BACKOFF_MAX_MS", "1"}})};
  const auto ready = [&] {
    return eventually([&] {
      try {
        return fetch(port.number(), "/readyz").status == 200;
      } catch (const std::exception&) {
        return false; // not listening yet
      }
    });
  };
  // What is allocated once, whatever comes, comes before the first look.
  history answers;
  crowd{{port.number()}, answers, 4, 10}.wait();
  if (!ready())
    throw std::runtime_error{"tally does not get ready:\n" + tally.errors()};
  const auto before = of(tally.id());
  print("before", before);

  crowd visitors{{port.number()}, answers, 4};
  auto admin = redis.connect();
  const auto begin = connections_received(admin);
  auto next_print = times / 4;
  for (long long done = 0; done < times; done = connections_received(admin) - begin) {
    admin.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    if (done >= next_print) {
      print(std::to_string(done), of(tally.id()));
      next_print += times / 4;
    }
    if (!tally.running())
      throw std::runtime_error{"tally is gone:\n" + tally.errors()};
  }
  visitors.end();
  if (!ready())
    throw std::runtime_error{"tally does not get ready again:\n" + tally.errors()};
  const bool same = eventually([&] { return of(tally.id()).descriptors <= before.descriptors; });
  print("after", of(tally.id()));
  const auto wrong = complaints(answers.answers(), redis.visits());
  for (const auto& each : wrong)
    std::cout << "WRONG: " << each << '\n';
  std::cout << answers.summary() << "; Redis total " << redis.visits() << '\n'
            << "verdict: "
            << (!same           ? "descriptors leak"
                : wrong.empty() ? "no descriptor lost, every promise kept"
                                : "promises broken")
            << std::endl;
  return same && wrong.empty();
}

} // namespace

int main(int argc, char** argv)
{
  options chosen;
  try {
    chosen = parse({argv + 1, argv + argc});
  } catch (const std::exception&) {
    std::cerr << usage;
    return 2;
  }
  try {
    if (chosen.reconnects)
      return reconnect(chosen.reconnects) ? EXIT_SUCCESS : EXIT_FAILURE;
    std::cout << "seed " << chosen.seed << std::endl;
    bool kept = true;
    for (const int replicas : chosen.replicas)
      kept &= soak{replicas, chosen.seed + static_cast<unsigned>(replicas)}.run(
          chosen.duration / chosen.replicas.size());
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& failure) {
    std::cerr << failure.what() << '\n';
    return EXIT_FAILURE;
  }
}
