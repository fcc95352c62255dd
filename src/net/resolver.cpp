#include <tally/net/resolver.hpp>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace tally {

resolver::resolver(std::string host, std::uint16_t port)
    : host_{std::move(host)}, port_{std::to_string(port)}
{
}

void resolver::resolve(event_loop& loop, handler on_resolved)
{
  const std::lock_guard lock{mutex_};
  requests_.push_back({&loop, std::move(on_resolved)});
  if (requests_.size() == 1)
    asio::post(loop_, [this] { look_up(); });
}

void resolver::look_up()
{
  error_code error;
  asio::ip::basic_resolver<asio::ip::tcp, executor> names{loop_};
  endpoints found;
  for (const auto& entry : names.resolve(host_, port_, error))
    found.push_back(entry.endpoint());

  std::vector<request> requests;
  {
    const std::lock_guard lock{mutex_};
    requests.swap(requests_);
  }
  for (request& each : requests)
    each.loop->post(
        [on_resolved = std::move(each.on_resolved), error, found] { on_resolved(error, found); });
}

} // namespace tally
