#pragma once

#include <tally/base/error.hpp>

#include <string>

namespace tally {

/// Reads a password from a file, without its last line end (\n or \r\n). Fails with the end of a
/// sentence that begins with the file's name.
result<std::string, std::string> read_password_file(const std::string& path);

} // namespace tally
