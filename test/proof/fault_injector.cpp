#include "fault_injector.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <thread>

namespace tally::test {

using kind = fault::kind;
using std::chrono::milliseconds;

namespace {

// The duration of a fault is random: the injector waits for no condition.
void wait(milliseconds duration)
{
  std::this_thread::sleep_for(duration);
}

} // namespace

fault_injector::fault_injector(redis_server& redis, fault_proxy& proxy,
                               std::list<replica>& replicas, std::uint_fast32_t seed)
    : redis_{redis}, proxy_{proxy}, replicas_{replicas}, random_{seed}, faults_{batch_faults()}
{
  std::ranges::move(service_faults(), std::back_inserter(faults_));
}

void fault_injector::inject_one()
{
  const auto& [name, inject] = faults_[below(faults_.size())];
  ++counts_[name];
  inject();
  if (below(4) == 0)
    deliver_held_batches();
  wait(milliseconds{below(250)});
}

std::vector<fault_injector::named_fault> fault_injector::batch_faults()
{
  return {
      {"cut before the command", queue_fault(kind::cut_before)},
      {"cut after the command", queue_fault(kind::cut_after)},
      {"cut after the command, many", [this] { cut_many(); }},
      {"reply cut in half", queue_fault(kind::truncate)},
      {"no reply", queue_fault(kind::silence)},
      {"reply delayed",
       [this] {
         proxy_.inject({kind::delay, "", milliseconds{below(600)}});
       }},
      {"garbage for a reply",
       [this] {
         proxy_.inject({kind::replace, random_garbage()});
       }},
      {"a second reply",
       [this] {
         proxy_.inject({kind::append, "$1\r\n7\r\n"});
       }},
      {"batch held back", queue_fault(kind::hold)},
  };
}

std::vector<fault_injector::named_fault> fault_injector::service_faults()
{
  return {
      {"all connections cut", [this] { proxy_.cut_connections(); }},
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
         disturb_redis({"CONFIG", "SET", "maxmemory", "1"}, {"CONFIG", "SET", "maxmemory", "0"});
       }},
      {"read only",
       [this] {
         disturb_redis({"REPLICAOF", "127.0.0.1", "1"}, {"REPLICAOF", "NO", "ONE"});
       }},
      {"Redis killed and restarted", [this] { restart_redis(); }},
      {"Redis frozen and thawed", [this] { freeze_redis(); }},
      {"Tally drained and restarted", [this] { random_replica().drain_and_restart(); }},
      {"Tally killed and restarted", [this] { random_replica().kill_and_restart(); }},
  };
}

std::function<void()> fault_injector::queue_fault(fault::kind type)
{
  return [this, type] { proxy_.inject({type}); };
}

void fault_injector::cut_many()
{
  proxy_.inject_every(2, {kind::cut_after});
  wait(milliseconds{200 + below(500)});
  proxy_.inject_every(0);
}

void fault_injector::refuse_connections()
{
  proxy_.refuse_connections();
  wait(milliseconds{below(1000)});
  proxy_.accept_connections();
}

void fault_injector::restart_redis()
{
  redis_.kill();
  wait(milliseconds{below(1000)});
  redis_.start();
}

// Sometimes exceeds the visit timeout.
void fault_injector::freeze_redis()
{
  redis_.freeze();
  wait(milliseconds{below(2500)});
  redis_.thaw();
}

void fault_injector::disturb_redis(const std::vector<std::string>& begin,
                                   const std::vector<std::string>& end)
{
  command(begin);
  wait(milliseconds{below(600)});
  command(end);
}

std::string fault_injector::random_garbage()
{
  static const std::array<std::string, 8> garbage{
      "+OK\r\n",
      ":7\r\n",
      "$-1\r\n",
      "*2\r\n:7\r\n:8\r\n",
      "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:7\r\n",
      "$1000000000\r\n" + std::string(100'000, '7'),
      "$3\r\n1x7\r\n",
      "HTTP/1.1 400 Bad Request\r\n\r\n",
  };
  return garbage[below(garbage.size())];
}

replica& fault_injector::random_replica()
{
  return *std::next(replicas_.begin(), static_cast<std::ptrdiff_t>(below(replicas_.size())));
}

std::size_t fault_injector::below(std::size_t end)
{
  return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
}

} // namespace tally::test
