#include "app/setting.hpp"
#include "catch.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using rows = std::vector<std::pair<std::string, std::string>>;

// The text between the pipes of a Markdown row, without backticks.
std::vector<std::string> cells(const std::string& line)
{
  std::vector<std::string> found;
  std::istringstream row{line};
  for (std::string cell; std::getline(row, cell, '|');) {
    std::erase(cell, '`');
    const auto begin = cell.find_first_not_of(' ');
    found.push_back(
        begin == cell.npos ? "" : cell.substr(begin, cell.find_last_not_of(' ') - begin + 1));
  }
  return found;
}

// Variables and defaults of the table in README, in its order.
rows readme_rows()
{
  std::ifstream readme{TALLY_README};
  REQUIRE(readme.is_open());
  rows found;
  bool in_table = false;
  for (std::string line; std::getline(readme, line);) {
    in_table = line.starts_with("| variable |") || (in_table && line.starts_with("|"));
    if (in_table && line.starts_with("| `"))
      found.emplace_back(cells(line)[1], cells(line)[2]);
  }
  return found;
}

} // namespace

TEST_CASE("README lists every setting with its default", "[settings]")
{
  rows table;
  for (const tally::setting& row : tally::settings_table())
    table.emplace_back(row.variable, tally::default_text(row));
  CHECK(readme_rows() == table);
}
