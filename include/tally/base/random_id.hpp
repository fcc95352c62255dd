#pragma once

#include <random>
#include <string>
#include <string_view>

namespace tally {

/// 128 random bits in hexadecimal: unique among all writers of all processes.
inline std::string random_id()
{
  static constexpr std::string_view digits = "0123456789abcdef";
  std::random_device entropy;
  std::uniform_int_distribution<std::size_t> digit{0, digits.size() - 1};
  std::string id(32, '0');
  for (char& character : id)
    character = digits[digit(entropy)];
  return id;
}

} // namespace tally
