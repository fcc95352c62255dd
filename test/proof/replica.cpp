#include "replica.hpp"

#include <signal.h>
#include <stdexcept>

namespace tally::test {

replica::replica(std::uint16_t redis_port)
    : settings_{{"PORT", std::to_string(port_.number())},   {"REDIS_HOST", "127.0.0.1"},
                {"REDIS_PORT", std::to_string(redis_port)}, {"TALLY_THREADS", "2"},
                {"TALLY_VISIT_TIMEOUT_MS", "1500"},         {"TALLY_REDIS_REPLY_TIMEOUT_MS", "400"},
                {"TALLY_REDIS_CONNECT_TIMEOUT_MS", "400"},  {"TALLY_DRAIN_DELAY_MS", "50"},
                {"TALLY_MAX_WAITING_VISITS", "256"}}
{
  start();
}

void replica::drain_and_restart()
{
  if (const int status = process_->stop(); status != 0)
    throw std::runtime_error{"tally exited with status " + std::to_string(status) + ":\n" +
                             process_->everything_written()};
  start();
}

void replica::kill_and_restart()
{
  process_->signal(SIGKILL);
  process_->wait();
  start();
}

void replica::start()
{
  process_.reset();
  process_.emplace(settings_);
}

} // namespace tally::test
