#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace open_loop {

/// GET requests for a path in which each {} is replaced by a random number below `names`.
class request_template {
public:
  request_template(const std::string& path, std::uint64_t names) : name_(0, names - 1)
  {
    const auto text = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find("{}", begin)) != text.npos; begin = end + 2)
      parts_.push_back(text.substr(begin, end - begin));
    parts_.push_back(text.substr(begin));
  }

  /// The result is valid until the next call.
  const std::string& make_request(std::mt19937_64& random)
  {
    request_ = parts_.front();
    for (std::size_t part = 1; part < parts_.size(); ++part) {
      request_ += std::to_string(name_(random));
      request_ += parts_[part];
    }
    return request_;
  }

private:
  std::vector<std::string> parts_; // with a name between each two
  std::string request_;
  std::uniform_int_distribution<std::uint64_t> name_;
};

} // namespace open_loop
