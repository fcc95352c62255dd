// The request path: the input is sent to a session over an in-memory stream with an in-memory
// counter.
//
// The responses and the counted visits must not depend on how the bytes are split into pieces.

#include "fake_counter.hpp"
#include "integration/text.hpp"
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
  std::string responses; // without the parts that depend on timing
  std::int64_t visits = 0;
};

// Removes the dates, and the 100 responses, which are sent only when a body arrives separately.
std::string without_timing(std::string responses)
{
  constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";
  constexpr std::string_view date = "\r\nDate: ";
  constexpr std::size_t date_size = 29;
  std::size_t begin = 0;
  while ((begin = responses.find(continue_response)) != std::string::npos)
    responses.erase(begin, continue_response.size());
  while ((begin = responses.find(date)) != std::string::npos)
    responses.erase(begin, date.size() + date_size);
  return responses;
}

tally::http_settings small_limits()
{
  tally::http_settings settings;
  settings.max_target_bytes = 64;
  settings.max_header_bytes = 256;
  settings.max_body_bytes = 64;
  return settings;
}

// Sends `bytes` in pieces; the stream accepts at most `max_write` bytes of each write.
outcome run_session(std::string_view bytes, std::size_t piece_size, std::size_t max_write)
{
  fake_counter counter;
  tally::router router{counter};
  static const tally::http_settings settings = small_limits();
  static tally::log log{-1, tally::log_level::error};
  tally::session::shared shared{router, settings, log, {}};

  memory_stream stream;
  stream.max_write = max_write;
  bool ended = false;
  tally::session session{stream, shared};
  session.run([&](const std::exception_ptr& error) {
    require(!error);
    ended = true;
  });
  const auto read_responses = [&] { // until the session writes nothing more
    for (auto size_before = std::string::npos; !ended && size_before != stream.written.size();) {
      size_before = stream.written.size();
      stream.drain();
    }
  };
  // After it has shut down its sending side, the session only waits for the peer to close.
  while (!bytes.empty() && !ended && !stream.shut_down) {
    const auto n = std::min(piece_size, bytes.size());
    stream.feed(bytes.substr(0, n));
    bytes.remove_prefix(n);
    read_responses();
  }
  if (!ended)
    stream.end();
  read_responses();
  require(ended);
  return {without_timing(stream.written), counter.visits};
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const outcome whole = run_session(bytes, bytes.size(), std::string::npos);
  const outcome byte_by_byte = run_session(bytes, 1, std::string::npos);
  const outcome slow_reader = run_session(bytes, 7, 5);
  require(whole.responses == byte_by_byte.responses);
  require(whole.responses == slow_reader.responses);
  require(whole.visits == byte_by_byte.visits);
  require(whole.visits == slow_reader.visits);

  // Each visit has a 200 response, and no response follows one with Connection: close.
  require(static_cast<std::size_t>(whole.visits) <=
          tally::test::occurrences(whole.responses, "HTTP/1.1 200 OK\r\n"));
  const auto close_field = whole.responses.find("\r\nConnection: close\r\n");
  require(close_field == std::string::npos ||
          whole.responses.find("HTTP/1.1 ", close_field) == std::string::npos);
  return 0;
}
