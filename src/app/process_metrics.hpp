#pragma once

#include "app/prometheus_text.hpp"

namespace tally {

/// Writes the standard metrics of this process
/// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics), without those
/// that /proc does not show.
void write_process_metrics(prometheus_text& output);

} // namespace tally
