#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

/// Returns what is not well-formed in a document of elements, attributes and text, or "". Elements
/// have to be closed in order under one root, attributes quoted, and entities known.
inline std::string xml_error(std::string_view xml)
{
  const auto text_error = [](std::string_view text) -> std::string {
    constexpr std::array<std::string_view, 5> entities{"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (auto at = text.find('&'); at != text.npos; at = text.find('&', at + 1))
      if (std::none_of(entities.begin(), entities.end(),
                       [&](auto entity) { return text.substr(at).starts_with(entity); }))
        return "ampersand";
    return text.find_first_of("<>") == text.npos ? "" : "bracket";
  };
  std::vector<std::string> open;
  std::string error;
  bool root_seen = false;
  while (error.empty() && xml.starts_with('<')) {
    const bool closes = xml.starts_with("</");
    xml.remove_prefix(closes ? 2 : 1);
    const std::string name{xml.substr(0, xml.find_first_not_of("abcdefghijklmnopqrstuvwxyzGBP"))};
    xml.remove_prefix(name.size());
    if (name.empty() || (!closes && open.empty() && root_seen))
      return "element";
    root_seen = true;
    while (error.empty() && xml.starts_with(' ')) {
      const auto equals = xml.find('=');
      if (equals == xml.npos || xml.substr(1, equals - 1).find_first_of(" <>'\"/") != xml.npos)
        return "attribute of " + name;
      const auto end = xml.find('\'', equals + 2);
      if (xml[equals + 1] != '\'' || end == xml.npos)
        return "quotes in " + name;
      error = text_error(xml.substr(equals + 2, end - equals - 2));
      xml.remove_prefix(end + 1);
    }
    const bool is_empty = xml.starts_with('/');
    xml.remove_prefix(is_empty ? 1 : 0);
    if (!xml.starts_with('>'))
      return "end of " + name;
    if (!closes && !is_empty)
      open.push_back(name);
    else if (closes && (open.empty() || open.back() != name))
      return "unopened " + name;
    else if (closes)
      open.pop_back();
    const auto next = std::min(xml.find('<'), xml.size());
    const std::string_view text = xml.substr(1, next - 1);
    error = !error.empty() ? error : open.empty() && text != "\n" ? "text" : text_error(text);
    xml.remove_prefix(next);
  }
  return !error.empty() ? error : xml.empty() && open.empty() && root_seen ? "" : "unfinished";
}
