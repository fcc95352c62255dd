#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tally::test {

/// A new folder; the destructor removes it and its contents.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Writes a file into the folder and returns its path.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view text) const;

private:
  std::filesystem::path path_;
};

/// The text of a file; empty when it cannot be read.
std::string read_file(const std::filesystem::path& file);

} // namespace tally::test
