// The query of a badge: the input is a total on a line of its own, and a query.

#include "badge_check.hpp"
#include "require.hpp"
#include "web/badge.hpp"
#include "web/badge_color.hpp"
#include "web/query.hpp"
#include "web/utf8.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace {

std::string percent_encode(std::string_view text)
{
  constexpr std::string_view digits = "0123456789aBcDeF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 0xf]);
  }
  return encoded;
}

void check_query(std::string_view query)
{
  // Any bytes can be sent, and return as they were.
  require(tally::query_value("label=" + percent_encode(query), "label") == query);
  // Fields do not affect each other, and the first one is valid.
  const std::string text{query};
  for (const std::string_view key : {"label", "color", "count"}) {
    const auto value = tally::query_value(query, key);
    require(value == tally::query_value("other=%&" + text + "&&other", key));
    const std::string first = std::string{key}.append("=a+b&").append(text);
    require(tally::query_value(first, key) == "a b");
  }
}

void check_color(const std::string& color)
{
  require(color.size() == 4 || color.size() == 7);
  require(color.front() == '#' && color.find_first_not_of("0123456789abcdef", 1) == color.npos);
  require(tally::parse_badge_color(color) == color);
}

void check_options(const tally::badge_options& options)
{
  check_color(options.color);
  check_color(options.label_color);
  int characters = 0;
  for (std::string_view rest = options.label; !rest.empty(); ++characters) {
    const auto character = tally::take_code_point(rest);
    require(character && *character >= U' ' && (*character & 0xfffe) != 0xfffe);
  }
  require(characters <= 64);
  require(options.label.find("  ") == std::string::npos);
  require(!options.label.starts_with(' ') && !options.label.ends_with(' '));
  // The same options follow from their own values.
  const auto again = tally::parse_badge_options("label=" + percent_encode(options.label));
  require(again.label == options.label);
}

void check_json(const tally::badge_options& options, std::int64_t total)
{
  const std::string json = badge_json(options, total);
  require(json.ends_with("}\n"));
  const auto parsed = boost::json::parse(json.substr(0, json.size() - 1));
  require(parsed.at("schemaVersion") == 1);
  require(parsed.at("label").as_string() == options.label);
  require(parsed.at("color").as_string() == options.color);
  require(parsed.at("message").as_string() == badge_message(options, total));
  require(boost::json::serialize(parsed) + '\n' == json);
}

// A short message is within half a unit of its last digit.
void check_message(tally::badge_options options, std::int64_t total)
{
  options.short_format = false;
  require(badge_message(options, total) == std::to_string(total));
  options.short_format = true;
  const std::string message = badge_message(options, total);
  require(message.size() <= 5);
  if (total < 1000)
    return;
  double number = 0;
  const char* const end = message.data() + message.size() - 1;
  const auto [rest, error] = std::from_chars(message.data(), end, number);
  require(error == std::errc{} && rest == end);
  const auto thousands = std::string_view{"kMGTPE"}.find(*end) + 1;
  require(thousands != 0); // npos + 1
  const double unit = std::pow(1000, thousands);
  const double rounding = (number < 100 ? 0.05 : 0.5) * unit;
  require(number >= 1 && number < 1000);
  require(std::abs(number * unit - static_cast<double>(total)) <= rounding * 1.000001);
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  const std::string_view query = bytes.substr(std::min(bytes.size(), line.size() + 1));
  std::int64_t total = 0;
  std::from_chars(line.data(), line.data() + line.size(), total);
  total = std::max<std::int64_t>(total, 0);

  check_query(query);
  const auto options = tally::parse_badge_options(query);
  check_options(options);
  check_json(options, total);
  check_message(options, total);
  check_badge(options, total);
  return 0;
}
