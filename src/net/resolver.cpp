#include <tally/net/resolver.hpp>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace tally {

void resolver::resolve(event_loop& loop, const std::string& host, std::uint16_t port,
                       handler on_resolved)
{
  const std::lock_guard lock{mutex_};
  const host_and_port target{host, port};
  auto& requests = requests_[target];
  requests.push_back({&loop, std::move(on_resolved)});
  if (requests.size() == 1)
    asio::post(loop_, [this, target] { look_up(target); });
}

void resolver::look_up(const host_and_port& target)
{
  error_code error;
  asio::ip::basic_resolver<asio::ip::tcp, executor> names{loop_};
  endpoints found;
  for (const auto& entry : names.resolve(target.first, std::to_string(target.second), error))
    found.push_back(entry.endpoint());

  std::vector<request> requests;
  {
    const std::lock_guard lock{mutex_};
    requests = std::move(requests_.extract(target).mapped());
  }
  for (request& each : requests)
    each.loop->post(
        [on_resolved = std::move(each.on_resolved), error, found] { on_resolved(error, found); });
}

} // namespace tally
