// The request path: bytes in, through a session over memory, with a counter that counts there.
//
// How bytes are cut into pieces must not matter: the same answers have to come, and the same visits
// be counted, when they come one by one as when they come all at once.

#include "fake_counter.hpp"
#include "memory_stream.hpp"
#include "require.hpp"

#include <tally/base/log.hpp>
#include <tally/http/session.hpp>
#include <tally/web/router.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace {

struct outcome {
  std::string answers; // less what depends on time alone
  std::int64_t visits = 0;
};

// The dates, and the 100s, of which there is one only when a body has not come along.
std::string without_time(std::string answers)
{
  constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  constexpr std::string_view date = "\r\nDate: ";
  constexpr std::size_t date_size = 29;
  std::size_t at = 0;
  while ((at = answers.find(go_on)) != std::string::npos)
    answers.erase(at, go_on.size());
  while ((at = answers.find(date)) != std::string::npos)
    answers.erase(at, date.size() + date_size);
  return answers;
}

tally::http_settings small_limits()
{
  tally::http_settings settings;
  settings.max_target_bytes = 64;
  settings.max_header_bytes = 256;
  settings.max_body_bytes = 64;
  return settings;
}

outcome converse(std::string_view bytes, std::size_t piece, std::size_t takes)
{
  fake_counter counter;
  tally::router router{counter};
  static const tally::http_settings settings = small_limits();
  static tally::log log{-1, tally::log_level::error};
  tally::session::shared shared{router, settings, log, {}};

  memory_stream stream;
  stream.takes = takes;
  bool ended = false;
  tally::session session{stream, shared};
  session.run([&](const std::exception_ptr& failure) {
    require(!failure);
    ended = true;
  });
  const auto read_on = [&] { // until nothing more comes
    for (auto before = std::string::npos; !ended && before != stream.written.size();) {
      before = stream.written.size();
      stream.drain();
    }
  };
  // Until the session has said its last: from then on it only waits for the peer to see that.
  while (!bytes.empty() && !ended && !stream.shut_down) {
    const auto n = std::min(piece, bytes.size());
    stream.feed(bytes.substr(0, n));
    bytes.remove_prefix(n);
    read_on();
  }
  if (!ended)
    stream.end();
  read_on();
  require(ended);
  return {without_time(stream.written), counter.visits};
}

std::size_t occurrences(std::string_view in, std::string_view of)
{
  std::size_t n = 0;
  for (auto at = in.find(of); at != in.npos; at = in.find(of, at + of.size()))
    ++n;
  return n;
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const outcome at_once = converse(bytes, bytes.size(), std::string::npos);
  const outcome one_by_one = converse(bytes, 1, std::string::npos);
  const outcome slowly_read = converse(bytes, 7, 5);
  require(at_once.answers == one_by_one.answers);
  require(at_once.answers == slowly_read.answers);
  require(at_once.visits == one_by_one.visits);
  require(at_once.visits == slowly_read.visits);

  // Each visit was answered, nothing is answered after the last word, and nothing else says 200.
  require(static_cast<std::size_t>(at_once.visits) <=
          occurrences(at_once.answers, "HTTP/1.1 200 OK\r\n"));
  const auto last = at_once.answers.find("\r\nConnection: close\r\n");
  require(last == std::string::npos ||
          at_once.answers.find("HTTP/1.1 ", last) == std::string::npos);
  return 0;
}
