#pragma once

#include "crowd.hpp"
#include "history.hpp"
#include "redis_server.hpp"
#include "tally_process.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <vector>

namespace tally::test {

/// Two Tallys of two workers each and their visitors, while several Redis servers have faults that
/// move the count from one of them to another. Records one history, from an empty Redis to the
/// verdict.
class failover_proof {
public:
  failover_proof() = default;
  failover_proof(const failover_proof&) = delete;
  failover_proof& operator=(const failover_proof&) = delete;
  virtual ~failover_proof() = default;

  struct fault {
    std::string name;
    std::function<void()> cause;
  };
  virtual std::vector<fault> faults() = 0;
  /// All replicas that may take over.
  virtual int all_replicas() const = 0;

  /// Starts the Tallys and the visits. `replicas` is TALLY_REDIS_REPLICAS. Prints the head of the
  /// table.
  void start(int replicas);

  /// Waits until the servers are complete, causes the next fault, waits until both Tallys count
  /// again, and prints a row of the table.
  void run(const fault& next);

  /// Ends the visits and prints the violations. Returns the violations.
  std::vector<std::string> finish();

  /// Numbers that were shown more than once so far.
  std::size_t repeated_numbers() const;

protected:
  /// A name for each Tally.
  static const std::vector<std::string> users;

  /// The variables that lead this Tally to the servers.
  virtual environment settings_of(const std::string& user) = 0;
  virtual void wait_until_complete() = 0;
  /// The server that counts.
  virtual redis_server& current() = 0;

private:
  void wait_until_counting();

  std::list<tally_process> tallys_;
  history outcomes_;
  std::list<crowd> visitors_;
};

} // namespace tally::test
