#pragma once

#include "fault_proxy.hpp"
#include "redis_server.hpp"
#include "replica.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace tally::test {

/// Injects random faults into a Redis, a proxy and the replicas behind it. The same seed chooses
/// the same faults.
class fault_injector {
public:
  /// The three must outlive this object.
  fault_injector(redis_server& redis, fault_proxy& proxy, std::list<replica>& replicas,
                 std::uint_fast32_t seed);
  fault_injector(const fault_injector&) = delete;
  fault_injector& operator=(const fault_injector&) = delete;

  /// Injects one fault, sometimes delivers the held batches, and waits a random time.
  void inject_one();
  void deliver_held_batches() { late_batches_ += proxy_.release().size(); }

  /// How often each fault was injected.
  const std::map<std::string, int>& counts() const { return counts_; }
  /// Held batches that were delivered.
  std::size_t late_batches() const { return late_batches_; }

private:
  struct named_fault {
    std::string name;
    std::function<void()> inject;
  };

  std::vector<named_fault> batch_faults();
  std::vector<named_fault> service_faults();
  std::function<void()> queue_fault(fault::kind type);

  void cut_many();
  void refuse_connections();
  void restart_redis();
  void freeze_redis();
  void disturb_redis(const std::vector<std::string>& begin, const std::vector<std::string>& end);
  void command(const std::vector<std::string>& words) { redis_.connect().command(words); }

  std::string random_garbage();
  replica& random_replica();
  /// A random number from 0 to `end` - 1.
  std::size_t below(std::size_t end);

  redis_server& redis_;
  fault_proxy& proxy_;
  std::list<replica>& replicas_;
  std::mt19937 random_;
  std::vector<named_fault> faults_;
  std::map<std::string, int> counts_;
  std::size_t late_batches_ = 0;
};

} // namespace tally::test
