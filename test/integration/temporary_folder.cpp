#include "temporary_folder.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdlib.h>
#include <system_error>

namespace tally::test {

temporary_folder::temporary_folder()
{
  auto pattern = (std::filesystem::temp_directory_path() / "tally-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    throw std::system_error{errno, std::generic_category(), pattern};
  path_ = pattern;
}

temporary_folder::~temporary_folder()
{
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path temporary_folder::write(const std::filesystem::path& name,
                                              std::string_view text) const
{
  auto file = path_ / name;
  std::ofstream{file, std::ios::binary} << text;
  return file;
}

std::string read_file(const std::filesystem::path& file)
{
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

} // namespace tally::test
