#include "web/xml.hpp"

namespace tally {

void append(std::string& xml, escaped text)
{
  for (const char c : text.text) {
    switch (c) {
    case '&':
      xml += "&amp;";
      break;
    case '<':
      xml += "&lt;";
      break;
    case '>':
      xml += "&gt;";
      break;
    case '"':
      xml += "&quot;";
      break;
    case '\'':
      xml += "&#39;"; // HTML has no &apos; before version 5
      break;
    default:
      xml += c;
    }
  }
}

} // namespace tally
