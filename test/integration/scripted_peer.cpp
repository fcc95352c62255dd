#include "scripted_peer.hpp"

#include <exception>
#include <utility>

namespace tally::test {

scripted_peer::scripted_peer(std::function<void(tcp_stream&)> script)
    : script_{std::move(script)}, task_{std::async(std::launch::async, [this] { run(); })}
{
}

scripted_peer::~scripted_peer()
{
  closing_ = true;
  listener_.close();
}

void scripted_peer::run()
{
  while (!closing_)
    try {
      auto connection = listener_.accept();
      ++connections_;
      script_(connection);
    } catch (const std::exception&) {
      // No connection arrived in time, or the peer of the script disconnected.
    }
}

} // namespace tally::test
