#include "app/healthcheck.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <exception>

namespace tally {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds patience{2};

// A server on `0.0.0.0` or `::` listens on IPv4's loopback, too; a machine may lack IPv6's.
tcp::endpoint where(const http_settings& settings)
{
  const auto address =
      asio::ip::make_address(settings.address.empty() ? "0.0.0.0" : settings.address);
  if (address.is_unspecified())
    return {asio::ip::address_v4::loopback(), settings.port};
  return {address, settings.port};
}

asio::awaitable<http::status> ask(tcp::endpoint at)
{
  beast::tcp_stream stream{co_await asio::this_coro::executor};
  stream.expires_after(patience);
  co_await stream.async_connect(at, asio::use_awaitable);
  http::request<http::empty_body> livez{http::verb::get, "/livez", 11};
  livez.set(http::field::host, "localhost");
  livez.set(http::field::connection, "close");
  co_await http::async_write(stream, livez, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response<http::string_body> answer;
  co_await http::async_read(stream, buffer, answer, asio::use_awaitable);
  co_return answer.result();
}

} // namespace

result<void, std::string> healthcheck(const http_settings& settings)
{
  const tcp::endpoint at = where(settings);
  std::string trouble;
  asio::io_context loop;
  asio::co_spawn(loop, ask(at), [&](const std::exception_ptr& failure, http::status answer) {
    try {
      if (failure)
        std::rethrow_exception(failure);
      if (answer != http::status::ok)
        trouble = "it answered " + std::to_string(static_cast<unsigned>(answer));
    } catch (const boost::system::system_error& known) {
      trouble = known.code().message();
    }
  });
  loop.run();
  if (trouble.empty())
    return boost::system::in_place_value;
  return "no healthy Tally on " + at.address().to_string() + " port " + std::to_string(at.port()) +
         ": " + trouble;
}

} // namespace tally
