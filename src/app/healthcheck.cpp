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

constexpr std::chrono::seconds timeout{2};

// A server on `0.0.0.0` or `::` also listens on the loopback address of IPv4; a machine may have no
// IPv6.
tcp::endpoint local_endpoint(const http_settings& settings)
{
  const auto address =
      asio::ip::make_address(settings.address.empty() ? "0.0.0.0" : settings.address);
  if (address.is_unspecified())
    return {asio::ip::address_v4::loopback(), settings.port};
  return {address, settings.port};
}

asio::awaitable<http::status> get_livez(tcp::endpoint endpoint)
{
  beast::tcp_stream stream{co_await asio::this_coro::executor};
  stream.expires_after(timeout);
  co_await stream.async_connect(endpoint, asio::use_awaitable);
  http::request<http::empty_body> request{http::verb::get, "/livez", 11};
  request.set(http::field::host, "localhost");
  request.set(http::field::connection, "close");
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  co_await http::async_read(stream, buffer, response, asio::use_awaitable);
  co_return response.result();
}

} // namespace

result<void, std::string> healthcheck(const http_settings& settings)
{
  const tcp::endpoint endpoint = local_endpoint(settings);
  std::string error;
  asio::io_context loop;
  asio::co_spawn(loop, get_livez(endpoint),
                 [&](const std::exception_ptr& exception, http::status status) {
                   try {
                     if (exception)
                       std::rethrow_exception(exception);
                     if (status != http::status::ok)
                       error = "status " + std::to_string(static_cast<unsigned>(status));
                   } catch (const boost::system::system_error& system_error) {
                     error = system_error.code().message();
                   }
                 });
  loop.run();
  if (error.empty())
    return boost::system::in_place_value;
  return "no healthy Tally on " + endpoint.address().to_string() + " port " +
         std::to_string(endpoint.port()) + ": " + error;
}

} // namespace tally
