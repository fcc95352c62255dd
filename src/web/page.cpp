#include "web/page.hpp"

#include "web/files.hpp"
#include "web/xml.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <utility>

namespace tally {

namespace {

using value = std::pair<std::string_view, std::string_view>; // placeholder and HTML

std::string escape(std::string_view text)
{
  std::string html;
  append(html, escaped{text});
  return html;
}

std::string_view value_of(std::string_view key, std::initializer_list<value> values)
{
  const auto* const found = std::ranges::find(values, key, &value::first);
  if (found == values.end())
    throw std::logic_error{"web/ has an unknown placeholder: " + std::string{key}};
  return found->second;
}

// Replaces each {{key}} by its value, which is HTML.
std::string fill(std::string_view page, std::initializer_list<value> values)
{
  std::string filled;
  for (auto begin = page.find("{{"); begin != page.npos; begin = page.find("{{")) {
    const auto end = page.find("}}", begin);
    filled += page.substr(0, begin);
    filled += value_of(page.substr(begin + 2, end - begin - 2), values);
    page.remove_prefix(end + 2);
  }
  return filled.append(page);
}

// A class of the number: a long one needs a smaller font.
std::string_view size_of(std::string_view number)
{
  return number.size() > 7 ? " long" : "";
}

} // namespace

std::string index_page(std::optional<std::int64_t> total)
{
  const std::string number = total ? std::to_string(*total) : "?";
  return fill(files::index_html.body,
              {{"mark", files::mark_svg.body},
               {"total", number},
               {"size", size_of(number)},
               {"note", total ? "counted by the default counter"
                              : "The counter cannot be read now. Reload the page shortly."}});
}

std::string counter_page(std::string_view name, std::int64_t total)
{
  const std::string number = std::to_string(total);
  return fill(files::counter_html.body, {{"mark", files::mark_svg.body},
                                         {"name", escape(name)},
                                         {"total", number},
                                         {"size", size_of(number)}});
}

std::string error_page(unsigned status, std::string_view title, std::string_view detail)
{
  return fill(files::error_html.body, {{"mark", files::mark_svg.body},
                                       {"status", std::to_string(status)},
                                       {"title", escape(title)},
                                       {"detail", escape(detail)}});
}

} // namespace tally
