#include "web/resource.hpp"

#include <tally/counting/name.hpp>
#include <tally/http/statistics.hpp>
#include <tally/web/router.hpp>

#include <algorithm>
#include <iterator>

namespace tally {
namespace {

using boost::beast::http::verb;

// The most frequent first.
constexpr resource all_resources[] = {
    {"/count", name_rule::optional, "", count_methods, action::count, negotiated_format, true},
    {"/badge", name_rule::optional, ".svg", read_methods, action::count_unless_query,
     svg_badge_format, true},
    {"/total", name_rule::optional, "", read_methods, action::total, negotiated_format, true},
    {"/hit", name_rule::two_segments, "", count_methods, action::count, value_format, true},
    {"/get", name_rule::two_segments, "", read_methods, action::existing_total, value_format, true},
    {"/badge", name_rule::optional, ".json", read_methods, action::total, json_badge_format, true},
    {"/tally.js", name_rule::none, "", read_methods, action::asset},
    {"/page.css", name_rule::none, "", read_methods, action::asset},
    {"/page.js", name_rule::none, "", read_methods, action::asset},
    {"/", name_rule::none, "", read_methods, action::index},
    {"/livez", name_rule::none, "", read_methods, action::livez},
    {"/readyz", name_rule::none, "", read_methods, action::readyz},
    {"/metrics", name_rule::none, "", read_methods, action::metrics},
};
static_assert(std::size(all_resources) < http_statistics::max_routes);

bool matches(const resource& row, std::string_view path, std::string& counter)
{
  if (!path.starts_with(row.path) || path.size() < row.path.size() + row.suffix.size() ||
      !path.ends_with(row.suffix))
    return false;
  path.remove_prefix(row.path.size());
  path.remove_suffix(row.suffix.size());
  if (path.empty()) {
    counter = default_counter;
    return row.name != name_rule::two_segments;
  }
  return row.name != name_rule::none && path.front() == '/' &&
         decode_name(path.substr(1), counter) &&
         (row.name == name_rule::optional || std::ranges::count(counter, '/') == 1);
}

} // namespace

bool resource::allows(verb method) const
{
  return method == verb::get || method == verb::head || method == verb::options ||
         (method == verb::post && methods.post);
}

std::size_t resource::route() const
{
  return static_cast<std::size_t>(this - all_resources) + 1;
}

std::vector<std::string> route_labels()
{
  std::vector<std::string> labels{"other"};
  for (const resource& each : all_resources)
    labels.push_back(std::string{each.path}.append(each.suffix));
  return labels;
}

const resource* find_resource(std::string_view path, std::string& counter)
{
  const auto* const found = std::ranges::find_if(
      all_resources, [&](const resource& row) { return matches(row, path, counter); });
  return found == std::end(all_resources) ? nullptr : found;
}

} // namespace tally
