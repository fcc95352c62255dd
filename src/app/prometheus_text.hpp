#pragma once

#include <tally/base/statistics.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tally {

/// Writes metrics in Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
class prometheus_text {
public:
  /// Begins a metric, whose samples follow. `type` is counter, gauge or histogram.
  prometheus_text& metric(std::string_view name, std::string_view type, std::string_view help);

  /// Writes a sample. `labels` is a list of label="value", or empty.
  prometheus_text& sample(std::uint64_t value, std::string_view labels = {});
  prometheus_text& sample(double value, std::string_view labels = {});

  /// Writes the samples of a histogram. Its observations are divided by `unit`: 1e9 turns
  /// nanoseconds into seconds.
  prometheus_text& samples(const distribution& observed, double unit = 1,
                           std::string_view labels = {});

  const std::string& text() const { return text_; }

private:
  void write(std::string_view suffix, std::string_view labels, std::string_view value);

  std::string_view name_;
  std::string text_;
};

} // namespace tally
