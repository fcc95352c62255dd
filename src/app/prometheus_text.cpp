#include "app/prometheus_text.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace tally {
namespace {

std::string to_text(double value)
{
  std::array<char, 32> digits{};
  const auto result =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  return {digits.data(), result.ptr};
}

} // namespace

prometheus_text& prometheus_text::metric(std::string_view name, std::string_view type,
                                         std::string_view help)
{
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  return *this;
}

prometheus_text& prometheus_text::sample(std::uint64_t value, std::string_view labels)
{
  write("", labels, std::to_string(value));
  return *this;
}

prometheus_text& prometheus_text::sample(double value, std::string_view labels)
{
  write("", labels, to_text(value));
  return *this;
}

// The buckets of Prometheus are cumulative.
prometheus_text& prometheus_text::samples(const distribution& observed, double unit,
                                          std::string_view labels)
{
  std::string prefix{labels};
  if (!prefix.empty())
    prefix += ',';
  std::uint64_t count = 0;
  for (std::size_t i = 0; i != observed.counts.size(); ++i) {
    count += observed.counts[i];
    const std::string bound = i < observed.bounds.size()
                                  ? to_text(static_cast<double>(observed.bounds[i]) / unit)
                                  : "+Inf";
    std::string label = prefix;
    label.append("le=\"").append(bound).append("\"");
    write("_bucket", label, std::to_string(count));
  }
  write("_sum", labels, to_text(static_cast<double>(observed.sum) / unit));
  write("_count", labels, std::to_string(count));
  return *this;
}

void prometheus_text::write(std::string_view suffix, std::string_view labels,
                            std::string_view value)
{
  text_.append(name_).append(suffix);
  if (!labels.empty())
    text_.append("{").append(labels).append("}");
  text_.append(" ").append(value).append("\n");
}

} // namespace tally
