#include <tally/listener.hpp>
#include <tally/worker.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace tally {
namespace {

// Nothing here is expected to throw. If it does all the same, the worker cannot go on: end the
// process, loudly, and let who supervises it start a new one.
void rethrow(const std::exception_ptr& failure)
{
  if (failure)
    std::rethrow_exception(failure);
}

} // namespace

worker::worker(const config& settings, const asio::ip::tcp::endpoint& at, log& to, unsigned name)
    : connection_{loop_.get_executor(), settings.redis, to, name}, counter_{connection_, to},
      router_{counter_}, server_{listen(loop_.get_executor(), at), router_, settings.http, to}
{
}

void worker::run()
{
  asio::co_spawn(loop_, connection_.run(), rethrow);
  asio::co_spawn(loop_, server_.run(), rethrow);
  loop_.run();
}

void worker::stop()
{
  asio::co_spawn(loop_, drain(), rethrow);
}

awaitable<void> worker::drain()
{
  co_await server_.drain();
  connection_.stop();
}

} // namespace tally
