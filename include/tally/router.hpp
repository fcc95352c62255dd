#pragma once

#include <tally/awaitable.hpp>
#include <tally/counter.hpp>
#include <tally/request.hpp>
#include <tally/response.hpp>

#include <string_view>

namespace tally {

/// Turns a request into a response. It knows which resources there are, which methods they take
/// and what counts as a visit; of connections and of stores it knows nothing.
class router {
public:
  /// Borrows the counter.
  explicit router(counter& counts) : counter_{counts} {}

  /// Answers, whatever the request. `asked` must live until then.
  awaitable<response> answer(const request& asked);

  /// Whether the answer may take its time, because somebody else has to be asked for it.
  static bool waits(const request& asked);

  /// From now on the readiness probe says no. Everything else is still answered.
  void drain() { draining_ = true; }

private:
  struct resource;
  static const resource* find(std::string_view path);

  awaitable<response> welcome(const request&);
  awaitable<response> count(const request& asked);
  awaitable<response> total(const request&);
  awaitable<response> livez(const request&);
  awaitable<response> readyz(const request&);

  counter& counter_;
  bool draining_ = false;
};

/// A response of one line of text: an error's only form.
response plain_answer(boost::beast::http::status status, std::string_view line);

} // namespace tally
