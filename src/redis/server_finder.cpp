#include "redis/server_finder.hpp"

#include <tally/base/text.hpp>
#include <tally/redis/reply.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tally {
namespace {

// In one attempt, against nodes that redirect to each other.
constexpr std::size_t max_redirections = 5;

// A sentinel may still name the old master after a fail-over, and that one may be a replica now.
handshake_step require_master()
{
  const auto check = [](const redis_reply& reply) -> std::optional<std::string> {
    if (reply.elements.empty())
      return "unexpected reply to ROLE";
    const auto& role = reply.elements.front();
    return role == "master" ? std::nullopt
                            : std::optional{"not a master: its role is " + printable(role)};
  };
  return {{"ROLE"}, check};
}

} // namespace

server_finder::server_finder(event_loop& loop, resolver& resolver, const redis_settings& settings,
                             setup setup_commands, timer& wakeup)
    : settings_{settings}, setup_commands_{std::move(setup_commands)},
      connector_{loop, resolver, settings, wakeup}, address_{settings.host, settings.port}
{
  if (!settings.sentinels.empty()) {
    sentinels_ = std::make_unique<sentinels>(loop, resolver, settings, wakeup);
    address_ = settings.sentinels.front();
  } else if (!settings.cluster_nodes.empty()) {
    address_ = settings.cluster_nodes.front();
  }
}

void server_finder::stop()
{
  connector_.stop();
  if (sentinels_)
    sentinels_->stop();
}

void server_finder::prefer(const redis_address& sentinel)
{
  if (sentinels_)
    sentinels_->prefer(sentinel);
}

awaitable<connector::outcome> server_finder::connect()
{
  const auto deadline = clock::now() + settings_.connect_timeout;
  if (sentinels_)
    co_return co_await connect_to_master(deadline);
  co_return co_await connect_to_node(deadline);
}

bool server_finder::redirect(std::string_view error)
{
  if (sentinels_ || !is_moved(error))
    return false;
  next_token(error, ' ');
  next_token(error, ' '); // the slot
  auto target = parse_address(error);
  if (!target)
    return false;
  if (target->host.empty())
    target->host = address_.host; // the node does not know its own host
  redirect_ = std::move(*target);
  return true;
}

// Tries the node of the last redirection, those of the settings, and those that they name.
awaitable<connector::outcome> server_finder::connect_to_node(clock::time_point deadline)
{
  const connector::steps handshake_steps = [this] { return steps(); };
  std::vector<redis_address> to_try = nodes();
  const std::size_t most = to_try.size() + max_redirections;
  std::string error = "no connection in time";
  for (std::size_t i = 0; i != to_try.size(); ++i) {
    const auto now = clock::now();
    if (connector_.stopped() || now >= deadline)
      break;
    address_ = to_try[i];
    const auto share = now + (deadline - now) / static_cast<int>(to_try.size() - i);
    auto link = co_await connector_.connect(address_, handshake_steps, share);
    if (link)
      co_return std::move(*link);
    error = to_try.size() == 1 ? link.error() : to_string(address_) + ": " + link.error();
    if (!redirect(link.error()) || to_try.size() == most)
      continue;
    const auto next = to_try.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    if (std::find(to_try.begin(), next, *redirect_) != next)
      continue; // tried already
    to_try.erase(std::remove(next, to_try.end(), *redirect_), to_try.end());
    to_try.insert(to_try.begin() + static_cast<std::ptrdiff_t>(i) + 1, *redirect_);
  }
  co_return error;
}

std::vector<redis_address> server_finder::nodes() const
{
  std::vector<redis_address> nodes = settings_.cluster_nodes;
  if (nodes.empty())
    nodes.push_back({settings_.host, settings_.port});
  if (redirect_) {
    std::erase(nodes, *redirect_);
    nodes.insert(nodes.begin(), *redirect_);
  }
  return nodes;
}

// Asks one sentinel after the other until one names a master that is one. Half of the time is for
// the questions; an address that two sentinels name is tried once.
awaitable<connector::outcome> server_finder::connect_to_master(clock::time_point deadline)
{
  const auto question_timeout =
      settings_.connect_timeout / (2 * static_cast<int>(sentinels_->size()));
  const connector::steps handshake_steps = [this] { return steps(); };
  std::vector<redis_address> tried;
  std::string error = "no sentinel replied in time";
  for (std::size_t i = 0; i != sentinels_->size(); ++i) {
    if (connector_.stopped() || clock::now() >= deadline)
      break;
    const auto until = std::min(deadline, clock::now() + question_timeout);
    const auto master = co_await sentinels_->ask(i, until);
    if (!master) {
      if (tried.empty())
        error = master.error();
      continue;
    }
    if (std::ranges::find(tried, *master) != tried.end())
      continue;
    tried.push_back(*master);
    address_ = *master;
    const bool last = i + 1 == sentinels_->size();
    const auto now = clock::now();
    const auto share = last ? deadline : now + (deadline - now) / 2;
    auto link = co_await connector_.connect(address_, handshake_steps, share);
    if (link) {
      sentinels_->prefer(i);
      co_return std::move(*link);
    }
    error = link.error();
  }
  co_return error;
}

std::vector<handshake_step> server_finder::steps() const
{
  std::vector<handshake_step> steps;
  if (sentinels_)
    steps.push_back(require_master());
  for (redis_command& command : setup_commands_())
    steps.push_back({std::move(command)});
  return steps;
}

} // namespace tally
