#include "http/chunk_syntax.hpp"

#include <cstddef>

namespace tally {

bool is_short_last_chunk(std::string_view chunk)
{
  return chunk.size() < 5 && chunk.starts_with("0\r\n");
}

bool line_ends_in_quotes(std::string_view chunk)
{
  if (chunk.starts_with("\r\n")) // of the data before it
    chunk.remove_prefix(2);
  const auto end = chunk.find("\r\n");
  if (end == chunk.npos)
    return false;
  bool quoted = false;
  for (std::size_t i = 0; i < end; ++i) {
    if (chunk[i] == '"')
      quoted = !quoted;
    else if (chunk[i] == '\\' && quoted)
      ++i;
  }
  return quoted;
}

bool has_folded_line(std::string_view lines)
{
  lines = lines.substr(0, lines.find("\r\n\r\n"));
  return lines.find("\r\n ") != lines.npos || lines.find("\r\n\t") != lines.npos;
}

} // namespace tally
