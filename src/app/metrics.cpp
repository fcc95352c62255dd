#include "app/metrics.hpp"

#include "app/command_line.hpp"
#include "app/process_metrics.hpp"

#include <tally/web/router.hpp>

#include <cstddef>
#include <string_view>

namespace tally {
namespace {

constexpr double nanoseconds_per_second = 1e9;

constexpr std::array<std::string_view, http_statistics::outcome_count> outcomes{
    "counted", "refused", "unknown", "broken"};

std::string label(std::string_view name, std::string_view value)
{
  return std::string{name}.append("=\"").append(value).append("\"");
}

std::string to_label(unsigned status)
{
  return status == 0 ? "other" : std::to_string(status);
}

} // namespace

template <class Read>
std::uint64_t metrics::sum(Read read) const
{
  std::uint64_t total = 0;
  for (const worker_statistics& each : workers_)
    total += read(each).value();
  return total;
}

template <class Read>
distribution metrics::merge(Read read) const
{
  distribution total = read(workers_.front()).read();
  for (std::size_t i = 1; i < workers_.size(); ++i)
    total += read(workers_[i]).read();
  return total;
}

std::array<std::uint64_t, http_statistics::outcome_count> metrics::visits() const
{
  std::array<std::uint64_t, http_statistics::outcome_count> totals{};
  for (std::size_t i = 0; i != totals.size(); ++i)
    totals[i] = sum([i](const auto& worker) -> auto& { return worker.http.visits[i]; });
  return totals;
}

distribution metrics::visit_durations() const
{
  return merge([](const auto& worker) -> auto& { return worker.http.visit_durations; });
}

std::string metrics::text() const
{
  prometheus_text output;
  output.metric("tally_build_info", "gauge", "The version, as a label.")
      .sample(std::uint64_t{1}, label("version", version().substr(version().find(' ') + 1)));
  write_http(output);
  write_counting(output);
  write_limits(output);
  write_process_metrics(output);
  return output.text();
}

void metrics::write_http(prometheus_text& output) const
{
  output.metric(
      "tally_visits_total", "counter",
      "Visits by outcome: counted (200), refused and not counted (503, 403, 422), unknown "
      "(504), broken and not counted (500).");
  const auto totals = visits();
  for (std::size_t i = 0; i != totals.size(); ++i)
    output.sample(totals[i], label("outcome", outcomes[i]));

  const auto routes = route_labels();
  output.metric("tally_http_requests_total", "counter",
                "Responses, by the request's route and method and the status code.");
  for (std::size_t route = 0; route != routes.size(); ++route)
    for (std::size_t method = 0; method != http_statistics::methods.size(); ++method)
      for (std::size_t status = 0; status != http_statistics::statuses.size(); ++status)
        if (const auto count = sum([=](const auto& worker) -> auto& {
              return worker.http.responses[route][method][status];
            }))
          output.sample(count, label("route", routes[route]) + ',' +
                                   label("method", http_statistics::methods[method]) + ',' +
                                   label("code", to_label(http_statistics::statuses[status])));

  output.metric("tally_http_request_duration_seconds", "histogram",
                "Time from the first byte of a request until its response was written.");
  for (std::size_t route = 0; route != routes.size(); ++route) {
    const auto durations =
        merge([=](const auto& worker) -> auto& { return worker.http.durations[route]; });
    if (durations.count() != 0)
      output.samples(durations, nanoseconds_per_second, label("route", routes[route]));
  }

  output.metric("tally_http_connections", "gauge", "Open connections.")
      .sample(sum([](const auto& worker) -> auto& { return worker.http.connections; }))
      .metric("tally_http_connections_total", "counter", "Accepted connections.")
      .sample(sum([](const auto& worker) -> auto& { return worker.http.accepted; }));
}

void metrics::write_counting(prometheus_text& output) const
{
  const auto batches = merge([](const auto& worker) -> auto& { return worker.batches.visits; });
  const auto connected = sum([](const auto& worker) -> auto& { return worker.redis.connected; });
  output.metric("tally_batches_total", "counter", "Batches that Redis executed.")
      .sample(batches.count())
      .metric("tally_batch_visits", "histogram", "Visits in each batch that Redis executed.")
      .samples(batches)
      .metric("tally_batch_resends_total", "counter", "Batches sent again after a lost reply.")
      .sample(sum([](const auto& worker) -> auto& { return worker.batches.resends; }))
      .metric("tally_batches_resolved_by_record_total", "counter",
              "Batches sent again that Redis had counted before.")
      .sample(sum([](const auto& worker) -> auto& { return worker.batches.resolved_by_record; }))
      .metric("tally_batches_unconfirmed_total", "counter",
              "Batches that fewer than TALLY_REDIS_REPLICAS replicas confirmed in time.")
      .sample(sum([](const auto& worker) -> auto& { return worker.batches.unconfirmed; }))
      .metric("tally_repeated_visits_total", "counter",
              "Visits that got the number of an earlier one with the same Idempotency-Key.")
      .sample(sum([](const auto& worker) -> auto& { return worker.batches.repeated_visits; }))
      .metric("tally_redis_roundtrip_seconds", "histogram",
              "Time from sending a batch until its last reply.")
      .samples(merge([](const auto& worker) -> auto& { return worker.batches.roundtrips; }),
               nanoseconds_per_second)
      .metric("tally_redis_connected", "gauge", "1 while all workers are connected to Redis.")
      .sample(std::uint64_t{connected == workers_.size()})
      .metric("tally_redis_connections_lost_total", "counter", "Lost connections to Redis.")
      .sample(sum([](const auto& worker) -> auto& { return worker.redis.lost; }))
      .metric("tally_redis_rollbacks_total", "counter",
              "Rollbacks: Redis had lost visits whose totals this process had shown.")
      .sample(marks_.rollbacks().value())
      .metric("tally_waiting_visits", "gauge", "Visits that wait for their outcome.")
      .sample(sum([](const auto& worker) -> auto& { return worker.waiting_visits; }));
}

void metrics::write_limits(prometheus_text& output) const
{
  const std::uint64_t workers = workers_.size();
  output.metric("tally_http_connections_limit", "gauge", "The most open connections.")
      .sample(workers * settings_.http.max_connections)
      .metric("tally_waiting_visits_limit", "gauge", "The most visits that may wait.")
      .sample(workers * settings_.redis.max_waiting)
      .metric("tally_counters_limit", "gauge", "How many named counters visits may make.")
      .sample(std::uint64_t{settings_.redis.max_counters})
      .metric("tally_log_lines_dropped_total", "counter",
              "Lines that were not logged because the reader of the log was too slow.")
      .sample(log_.dropped().value());
}

} // namespace tally
