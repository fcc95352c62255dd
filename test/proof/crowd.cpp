#include "crowd.hpp"

#include "http_client.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <thread>

namespace tally::test {

namespace {

// How a polite visitor paces itself who is refused.
constexpr std::chrono::milliseconds a_little_later{5};

} // namespace

crowd::crowd(const std::vector<std::uint16_t>& ports, history& answers, int visitors, int visits)
    : answers_{answers}
{
  for (int i = 0; i < visitors; ++i) {
    const auto port = ports[static_cast<std::size_t>(i) % ports.size()];
    visitors_.push_back(std::async(std::launch::async, [=, this] { visit(port, visits); }));
  }
}

void crowd::wait()
{
  for (auto& each : visitors_)
    if (each.valid())
      each.get();
}

void crowd::end()
{
  leave();
  wait();
}

void crowd::visit(std::uint16_t port, int visits)
{
  for (int done = 0; done < visits && !leaving_;)
    if (const int more = visit_on_one_connection(port, visits - done))
      done += more;
    else
      std::this_thread::sleep_for(a_little_later);
}

// Returns how many visits it made: none when there is no connection, and so nothing was sent.
int crowd::visit_on_one_connection(std::uint16_t port, int visits)
{
  std::optional<http_client> client;
  try {
    client.emplace(port);
  } catch (const std::exception&) {
    return 0;
  }
  int done = 0;
  while (done < visits && !leaving_) {
    answer one{answer::clock::now(), {}, answer::lost, 0};
    bool last = true;
    try {
      const auto response = client->get("/count");
      one.status = response.status;
      last = response.closes();
      if (one.status == 200)
        one.number = response.number();
    } catch (const std::exception&) {
      last = true; // the connection ended, or what came is no answer
    }
    one.ended = answer::clock::now();
    answers_.add(one);
    ++done;
    if (last)
      break;
    if (one.status == 503)
      std::this_thread::sleep_for(a_little_later);
  }
  return done;
}

} // namespace tally::test
