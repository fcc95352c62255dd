#include "catch.hpp"
#include "unit/fake_counter.hpp"
#include "unit/memory_stream.hpp"

#include <tally/base/log.hpp>
#include <tally/http/session.hpp>
#include <tally/web/router.hpp>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>

// A separate program, since it replaces the global allocation functions.
namespace {
std::size_t allocations = 0;
}

// Replace all forms, since a sanitizer replaces all of them, too. If new is inlined and delete is
// not, GCC 14 warns that the two do not match.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
  ++allocations;
  return std::malloc(size);
}

[[gnu::noinline]] void* operator new(std::size_t size)
{
  if (void* const memory = operator new(size, std::nothrow))
    return memory;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void* operator new[](std::size_t size)
{
  return operator new(size);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept
{
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept
{
  std::free(memory);
}

[[gnu::noinline]] void operator delete[](void* memory) noexcept
{
  std::free(memory);
}

[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept
{
  std::free(memory);
}

// The counter is a fake: hiredis allocates per batch, and not per request.
TEST_CASE("a session allocates nothing for a request on an open connection", "[session]")
{
  fake_counter counter;
  counter.visits = 12'345'678;
  tally::router router{counter};
  const tally::http_settings settings;
  tally::log log{-1, tally::log_level::error};
  tally::session::shared shared{router, settings, log, {}};
  memory_stream stream;
  tally::session session{stream, shared};
  session.run([](const std::exception_ptr&) {});

  const std::string_view request = GENERATE(
      "GET /count HTTP/1.1\r\nHost: tally.test\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n",
      "GET /count HTTP/1.1\r\nHost: a\r\nX-Request-ID: 0123456789abcdef0123456789abcdef\r\n\r\n",
      "POST /count?x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
      "HEAD /count HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /count HTTP/1.1\r\nHost: a\r\n\r\nGET /count HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /total HTTP/1.1\r\nHost: a\r\n\r\nGET /count HTTP/1.1\r\nHost: a\r\n\r\n");
  std::size_t initial_allocations = 0;
  for (int i = 0; i != 1010; ++i) {
    if (i == 10) // the buffers have grown to their final size
      initial_allocations = allocations;
    stream.written.clear();
    stream.feed(request);
    if (!std::string_view{stream.written}.starts_with("HTTP/1.1 200 OK\r\n"))
      FAIL(stream.written);
  }
  CHECK(allocations - initial_allocations == 0);
  stream.end();
}
