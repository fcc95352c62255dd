#pragma once

#include <tally/base/error.hpp>

#include <string>

namespace tally {

/// Reads a password from a file, without its last line end (\n or \r\n). Fails with the end of a
/// sentence that begins with the file's name.
result<std::string, std::string> read_password_file(const std::string& path);

/// Reads it again: a password may change while Tally runs. A pipe cannot be read again, and still
/// has `first`, the password that was read from it.
result<std::string, std::string> read_password_again(const std::string& path,
                                                     const std::string& first);

} // namespace tally
