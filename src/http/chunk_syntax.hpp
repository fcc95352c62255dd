#pragma once

#include <string_view>

namespace tally {

// What Beast's parser does not check in a chunked body (RFC 9112, 7.1). Each `chunk` begins where a
// chunk does, or with the CRLF that ends the data of the chunk before it.

/// Whether `chunk` is an incomplete last chunk, shorter than `0 CRLF CRLF`. Beast asserts that it
/// receives at least that much together.
bool is_short_last_chunk(std::string_view chunk);

/// Whether the line of `chunk` is complete and ends within quotes. Beast would search the next
/// lines for the closing quote, and subtract the chunk from the body limit at each attempt.
bool line_ends_in_quotes(std::string_view chunk);

/// Whether a line before the empty line continues with white space: obs-fold (RFC 9112, 5.2).
bool has_folded_line(std::string_view lines);

} // namespace tally
