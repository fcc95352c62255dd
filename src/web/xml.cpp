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
      xml += "&apos;";
      break;
    default:
      xml += c;
    }
  }
}

} // namespace tally
