#include <tally/http/connections.hpp>
#include <tally/net/socket_stream.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <malloc.h>
#include <utility>

namespace tally {
namespace {

// A close takes as long as several requests, so few in a turn leave time for active connections. A
// check takes little time.
constexpr int max_closes_per_turn = 4;
constexpr int max_checks_per_turn = 256;

// A deadline is enforced this late at most.
constexpr std::chrono::milliseconds sweep_interval{250};

// Below this peak of connections, a trim would return too little memory.
constexpr std::size_t trim_threshold = 100;

std::string message(const std::exception_ptr& error)
{
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "unknown";
  }
}

} // namespace

struct connections::connection {
  connection(int socket, event_loop& loop, session::shared& shared)
      : stream{socket, loop}, http{stream, shared}
  {
  }

  socket_stream stream;
  session http;
};

connections::connections(event_loop& loop, session::shared& shared, std::function<void()> on_closed)
    : loop_{loop}, shared_{shared}, on_closed_{std::move(on_closed)}, all_closed_{loop}
{
}

connections::~connections() = default;

error_code connections::open(int socket)
{
  const auto opened = open_.emplace(open_.end(), socket, loop_, shared_);
  ++shared_.statistics.accepted;
  ++shared_.statistics.connections;
  const auto on_end = [this, opened](const std::exception_ptr& error) {
    if (error)
      shared_.log.error("session_failed",
                        {{"request_id", opened->http.request_id()}, {"reason", message(error)}});
    opened->stream.close();
    ended_.splice(ended_.end(), open_, opened);
    --shared_.statistics.connections;
    sweeper_.on_closed();
    loop_.defer(*this);
  };
  try {
    opened->http.run(on_end);
  } catch (const boost::system::system_error& error) {
    open_.erase(opened);
    --shared_.statistics.connections;
    return error.code();
  }
  if (peak_ == 0)
    sweeper_.schedule();
  peak_ = std::max(peak_, open_.size());
  return {};
}

// Destroys the connections that ended in this turn.
void connections::on_turn_end()
{
  ended_.clear();
  if (open_.empty())
    all_closed_.cancel();
  on_closed_();
}

// The action may end the session, which removes it from the list.
template <class Action>
void connections::for_each_session(Action action)
{
  for (auto next = open_.begin(); next != open_.end();) {
    session& each = next->http;
    ++next;
    action(each);
  }
}

bool connections::evict_idle()
{
  const auto initial_size = open_.size();
  const auto limit = coarse_now() - shared_.settings.request_timeout;
  session* oldest = nullptr;
  for_each_session([&](session& each) {
    const auto idle_since = each.idle_since();
    if (idle_since && *idle_since <= limit && (!oldest || *idle_since < *oldest->idle_since()))
      oldest = &each;
  });
  if (oldest)
    oldest->end_if_idle();
  return open_.size() < initial_size;
}

void connections::close_idle(clock::time_point idle_since)
{
  for_each_session([idle_since](session& each) { each.end_if_idle(idle_since); });
}

void connections::abort()
{
  for_each_session([](session& each) { each.abort(); });
}

awaitable<void> connections::wait_until_closed(clock::time_point deadline)
{
  while (!(open_.empty() && ended_.empty()) && clock::now() < deadline)
    co_await all_closed_.sleep_until(deadline);
}

connections::sweeper::sweeper(connections& owner) : owner_{owner}, timer_{owner.loop_} {}

void connections::sweeper::schedule()
{
  timer_.set(clock::now() + sweep_interval, [this] {
    remaining_ = owner_.open_.size();
    owner_.loop_.defer(*this);
  });
}

void connections::sweeper::on_closed()
{
  remaining_ = std::min(remaining_, owner_.open_.size());
}

// Checks the next sessions and ends those whose deadline has passed. A checked session moves to the
// end of the list, so that connections may open and close before the next turn continues.
void connections::sweeper::on_turn_end()
{
  auto& list = owner_.open_;
  const auto now = clock::now();
  int closed = 0;
  for (int i = 0; i != max_checks_per_turn && closed != max_closes_per_turn && remaining_ != 0;
       ++i) {
    --remaining_;
    list.splice(list.end(), list, list.begin());
    if (list.back().http.sweep(now))
      ++closed;
  }
  if (remaining_ != 0)
    owner_.loop_.defer_to_next(*this);
  else if (!list.empty())
    schedule();
  else if (std::exchange(owner_.peak_, 0) > trim_threshold)
    malloc_trim(0);
}

} // namespace tally
