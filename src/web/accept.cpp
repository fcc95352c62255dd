#include "web/accept.hpp"

#include <tally/base/text.hpp>

#include <boost/beast/core/string.hpp>

#include <array>
#include <cstddef>

namespace tally {
namespace {

using boost::beast::iequals;

struct format {
  std::string_view type;
  std::string_view all_subtypes;
  std::string_view alias;
};
constexpr std::array<format, 3> formats{{
    {"text/plain", "text/*", ""},
    {"application/json", "application/*", "application/problem+json"},
    {"text/html", "text/*", ""},
}};

// How exactly a media range names a format: a more specific range takes precedence.
enum specificity { none, any_type, any_subtype, exact };

struct preference {
  specificity precision = none;
  int weight = 0; // in thousandths
};

specificity match(std::string_view range, const format& offered)
{
  if (iequals(range, offered.type) || (!offered.alias.empty() && iequals(range, offered.alias)))
    return exact;
  if (iequals(range, offered.all_subtypes))
    return any_subtype;
  return range == "*/*" ? any_type : none;
}

std::string_view trim(std::string_view text)
{
  const auto first = text.find_first_not_of(" \t");
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// As next_token, without the spaces around it. It splits quoted strings, too: no parameter that
// Tally reads is quoted.
std::string_view next_element(std::string_view& text, char delimiter)
{
  return trim(next_token(text, delimiter));
}

// The weight of a range with these parameters (RFC 9110, 12.4.2), 0 to 1000. A malformed weight
// counts as 0.
int parse_weight(std::string_view parameters)
{
  while (!parameters.empty()) {
    const auto parameter = next_element(parameters, ';');
    if (parameter.size() < 2 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=')
      continue;
    const auto digits = parameter.substr(2);
    if (digits.empty() || digits.size() > 5 || (digits.size() > 1 && digits[1] != '.'))
      return 0;
    int weight = 0;
    int unit = 1000;
    for (std::size_t i = 0; i != digits.size(); ++i) {
      if (i == 1)
        continue;
      if (digits[i] < '0' || digits[i] > '9')
        return 0;
      weight += (digits[i] - '0') * unit;
      unit /= 10;
    }
    return weight <= 1000 ? weight : 0;
  }
  return 1000;
}

} // namespace

media_type select_media_type(std::string_view accept)
{
  std::array<preference, formats.size()> preferences;
  while (!accept.empty()) {
    std::string_view parameters = next_element(accept, ',');
    const auto range = next_element(parameters, ';');
    const int weight = parse_weight(parameters);
    for (std::size_t i = 0; i != formats.size(); ++i) {
      const auto precision = match(range, formats[i]);
      if (precision > preferences[i].precision ||
          (precision != none && precision == preferences[i].precision &&
           weight > preferences[i].weight))
        preferences[i] = {precision, weight};
    }
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i != formats.size(); ++i) {
    const auto& [precision, weight] = preferences[i];
    if (weight > preferences[best].weight ||
        (weight != 0 && weight == preferences[best].weight && precision == exact &&
         preferences[best].precision != exact))
      best = i;
  }
  return static_cast<media_type>(best);
}

} // namespace tally
