#include "redis/hiredis_socket.hpp"

#include <hiredis/async.h>

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <utility>

namespace tally {
namespace {

// A numeric address, since hiredis' own look-up of a name would block the loop.
redisAsyncContext* connect(const asio::ip::tcp::endpoint& endpoint)
{
  return redisAsyncConnect(endpoint.address().to_string().c_str(), endpoint.port());
}

redisAsyncContext* connect(const asio::local::stream_protocol::endpoint& endpoint)
{
  return redisAsyncConnectUnix(endpoint.path().c_str());
}

// connect(2) on a Unix socket ends immediately, and fails with EAGAIN if the server's queue is
// full. hiredis takes that for a connection in progress, as it would be with TCP.
bool queue_is_full(const redisAsyncContext& context)
{
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return context.c.connection_type == REDIS_CONN_UNIX &&
         getpeername(context.c.fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0;
}

} // namespace

void async_context_deleter::operator()(redisAsyncContext* context) const
{
  redisAsyncFree(context);
}

result<async_context, std::string> begin_to_connect(const redis_endpoint& endpoint)
{
  async_context context{
      std::visit([](const auto& address) { return connect(address); }, endpoint.address)};
  if (!context)
    return std::string{"out of memory"};
  if (context->err)
    return std::string{context->errstr};
  if (queue_is_full(*context))
    return std::string{"too many connections wait for the socket"};
  return context;
}

std::string peek(int socket)
{
  std::array<char, 512> bytes; // NOLINT(*-member-init): the kernel writes it
  const auto size = recv(socket, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

} // namespace tally
