#pragma once

#include <tally/counter.hpp>
#include <tally/error.hpp>
#include <tally/request.hpp>
#include <tally/response.hpp>
#include <tally/visit.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace tally {

/// Turns a request into a response. It knows which resources there are, which methods they take
/// and what counts as a visit; of connections and of stores it knows nothing.
class router {
public:
  /// Borrows the counter.
  explicit router(counter& counts) : counter_{counts} {}

  /// Whether the answer may take its time, because the counter has to be asked for it.
  static bool waits(const request& asked);

  /// Whether the request counts, if it is answered with 200.
  static bool is_visit(const request& asked);

  /// Answers at once; or, if it waits, asks the counter, which settles `who`, and answers nothing
  /// yet.
  std::optional<response> answer(const request& asked, visit& who);

  /// Answers with what the counter said.
  static response answer(const request& asked, const result<std::int64_t>& told);

  /// From now on the readiness probe says no. Everything else is still answered.
  void drain() { draining_ = true; }

private:
  struct resource;
  static const resource* find(std::string_view path);

  response readyz() const;

  counter& counter_;
  bool draining_ = false;
};

} // namespace tally
