#pragma once

#include "redis/link.hpp"

#include <tally/base/log.hpp>
#include <tally/net/awaitable.hpp>
#include <tally/redis/command.hpp>

#include <map>
#include <string>
#include <string_view>

namespace tally {

/// Finds settings of Redis with which it cannot keep Tally's promises. Logs each as
/// `redis_unsafe_setting`, and again only if its value has changed.
class server_settings {
public:
  /// `replicas` is TALLY_REDIS_REPLICAS. Borrows the log.
  server_settings(log& log, unsigned replicas) : log_{log}, replicas_{replicas} {}

  /// Asks for the settings with INFO. Ends at the reply timeout at the latest. A Redis that refuses
  /// INFO is not asked again.
  awaitable<void> check(redis_link& link);

private:
  void judge(const std::string& setting, std::string_view value, std::string_view expected,
             std::string_view effect);

  log& log_;
  unsigned replicas_;
  const redis_command info_{"INFO"};
  bool refused_ = false;
  std::map<std::string, std::string> values_; // the last of each setting
};

} // namespace tally
