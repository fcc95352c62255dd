#include <tally/redis/password_file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace tally {
namespace {

// Far more than a password, and little enough for a file that has no end.
constexpr std::size_t max_size = 65536;

using boost::system::in_place_error;
using boost::system::in_place_value;
using password = result<std::string, std::string>;

} // namespace

result<std::string, std::string> read_password_file(const std::string& path)
{
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  std::string content(max_size + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file.is_open() || file.bad() || errno != 0)
    return password{in_place_error, std::string{"cannot be read: "} + std::strerror(errno)};
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > max_size)
    return password{in_place_error, "is too large for a password"};
  // docker/redis/tally-redis does the same.
  if (content.ends_with('\n'))
    content.resize(content.size() - (content.ends_with("\r\n") ? 2 : 1));
  if (content.empty())
    return password{in_place_error, "holds no password"};
  return password{in_place_value, std::move(content)};
}

result<std::string, std::string> read_password_again(const std::string& path,
                                                     const std::string& first)
{
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  const bool once =
      type == std::filesystem::file_type::fifo || type == std::filesystem::file_type::character;
  return once ? password{in_place_value, first} : read_password_file(path);
}

} // namespace tally
