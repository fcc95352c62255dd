#include <tally/http/connections.hpp>
#include <tally/net/socket_stream.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <malloc.h>
#include <utility>

namespace tally {
namespace {

// A close takes the time of several requests: so many, and then it is the turn of the connections
// that are served. To look at one takes little.
constexpr int max_closes_per_turn = 4;
constexpr int max_checks_per_turn = 256;

// How late a deadline may be noticed.
constexpr std::chrono::milliseconds sweep_interval{250};

// After no more connections than these there is little memory to return to the system.
constexpr std::size_t trim_threshold = 100;

std::string reason(const std::exception_ptr& failure)
{
  try {
    std::rethrow_exception(failure);
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

connections::connections(event_loop& loop, session::shared& shared, std::function<void()> closed)
    : loop_{loop}, shared_{shared}, closed_{std::move(closed)}, all_closed_{loop}
{
}

connections::~connections() = default;

error_code connections::open(int socket)
{
  const auto opened = open_.emplace(open_.end(), socket, loop_, shared_);
  const auto ended = [this, opened](const std::exception_ptr& error) {
    if (error)
      shared_.log.error("session_failed",
                        {{"request_id", opened->http.request_id()}, {"reason", reason(error)}});
    opened->stream.close();
    ended_.splice(ended_.end(), open_, opened);
    sweeper_.on_closed();
    loop_.defer(*this);
  };
  try {
    opened->http.run(ended);
  } catch (const boost::system::system_error& error) {
    open_.erase(opened);
    return error.code();
  }
  if (peak_ == 0)
    sweeper_.schedule();
  peak_ = std::max(peak_, open_.size());
  return {};
}

void connections::on_turn_end()
{
  ended_.clear();
  if (open_.empty())
    all_closed_.cancel();
  closed_();
}

// The action may end the session.
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
  const auto before = open_.size();
  const auto late = coarse_now() - shared_.settings.request_timeout;
  session* longest = nullptr;
  for_each_session([&](session& each) {
    const auto since = each.idle_since();
    if (since && *since <= late && (!longest || *since < *longest->idle_since()))
      longest = &each;
  });
  if (longest)
    longest->end_if_idle();
  return open_.size() < before;
}

void connections::close_idle(clock::time_point since)
{
  for_each_session([since](session& each) { each.end_if_idle(since); });
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

connections::sweeper::sweeper(connections& all) : all_{all}, timer_{all.loop_} {}

void connections::sweeper::schedule()
{
  timer_.set(clock::now() + sweep_interval, [this] {
    remaining_ = all_.open_.size();
    all_.loop_.defer(*this);
  });
}

void connections::sweeper::on_closed()
{
  remaining_ = std::min(remaining_, all_.open_.size());
}

// A session that was looked at goes to the end of the list, so that others may come and go between
// one turn and the next.
void connections::sweeper::on_turn_end()
{
  auto& list = all_.open_;
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
    all_.loop_.defer_to_next(*this);
  else if (!list.empty())
    schedule();
  else if (std::exchange(all_.peak_, 0) > trim_threshold)
    malloc_trim(0);
}

} // namespace tally
