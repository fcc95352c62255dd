#include "app/prometheus_text.hpp"
#include "catch.hpp"

#include <array>
#include <cstdint>
#include <string>

TEST_CASE("metrics are written in the text format of Prometheus")
{
  tally::prometheus_text output;
  output.metric("requests_total", "counter", "Requests.")
      .sample(std::uint64_t{18'446'744'073'709'551'615U}, R"(code="200")")
      .sample(std::uint64_t{0}, R"(code="404")");
  output.metric("seconds", "gauge", "Time.").sample(0.25);
  CHECK(output.text() == R"(# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{code="200"} 18446744073709551615
requests_total{code="404"} 0
# HELP seconds Time.
# TYPE seconds gauge
seconds 0.25
)");
}

TEST_CASE("the buckets of a histogram are cumulative and in the base unit")
{
  static constexpr std::array<std::uint64_t, 2> milliseconds{1, 250};
  tally::histogram<milliseconds> observed;
  for (const std::uint64_t value : {1U, 2U, 250U, 1000U})
    observed.observe(value);
  tally::prometheus_text output;
  output.metric("wait_seconds", "histogram", "Waits.").samples(observed.read(), 1000, R"(a="b")");
  CHECK(output.text() == R"(# HELP wait_seconds Waits.
# TYPE wait_seconds histogram
wait_seconds_bucket{a="b",le="0.001"} 1
wait_seconds_bucket{a="b",le="0.25"} 3
wait_seconds_bucket{a="b",le="+Inf"} 4
wait_seconds_sum{a="b"} 1.253
wait_seconds_count{a="b"} 4
)");
}

TEST_CASE("small bounds are written without an exponent")
{
  static constexpr std::array<std::uint64_t, 1> nanoseconds{100'000};
  const tally::histogram<nanoseconds> observed;
  tally::prometheus_text output;
  output.metric("wait_seconds", "histogram", "Waits.").samples(observed.read(), 1e9);
  CHECK(output.text().find("wait_seconds_bucket{le=\"0.0001\"} 0\n") != std::string::npos);
}
