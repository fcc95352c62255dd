#include <tally/web/router.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace tally {

namespace http = boost::beast::http;
using http::status;
using http::verb;

namespace {

// The path that a target names (RFC 9112, 3.2): after the authority of an absolute form, before
// the query. The parser has let no other form pass.
std::string_view path_of(std::string_view target)
{
  target = target.substr(0, target.find('?'));
  if (target.starts_with('/'))
    return target;
  for (const std::string_view scheme : {"http://", "https://"})
    if (boost::beast::iequals(target.substr(0, scheme.size()), scheme)) {
      const auto slash = target.find('/', scheme.size());
      return slash == target.npos ? "/" : target.substr(slash);
    }
  return target;
}

response number(std::int64_t total)
{
  response answer = plain_answer(status::ok, std::to_string(total));
  answer.no_store = true;
  answer.cross_origin = true;
  return answer;
}

// What a failure means to a visitor: whether the visit may have been counted, and whether trying
// again is safe.
response failure(error_code reason, bool visit)
{
  response answer;
  if (reason == errc::unknown || reason == errc::bad_reply) {
    answer =
        plain_answer(status::gateway_timeout,
                     visit ? "no answer in time: counted once or not at all" : "no answer in time");
  } else if (reason == errc::rejected) {
    answer = plain_answer(status::internal_server_error,
                          visit ? "not counted: the counter is broken" : "the counter is broken");
  } else {
    answer = plain_answer(status::service_unavailable,
                          visit ? "not counted: try again shortly" : "try again shortly");
    answer.retry_after = std::chrono::seconds{1};
  }
  answer.no_store = true;
  answer.cross_origin = true;
  return answer;
}

// Lists of methods, as Allow has them. Every resource has the first three.
struct methods {
  std::string_view allow;
  bool post;
};
constexpr methods read_methods{"GET, HEAD, OPTIONS", false};
constexpr methods count_methods{"GET, HEAD, OPTIONS, POST", true};

} // namespace

struct router::resource {
  std::string_view path;
  tally::methods methods;
  void (router::*handle)(exchange& exchange);
  /// Pages of other origins may read the number.
  bool cross_origin = false;

  bool allows(verb method) const
  {
    return method == verb::get || method == verb::head || method == verb::options ||
           (method == verb::post && methods.post);
  }
};

const router::resource* router::find(std::string_view path)
{
  static constexpr std::array<resource, 5> all{{
      {"/", read_methods, &router::welcome},
      {"/count", count_methods, &router::count, true},
      {"/total", read_methods, &router::total, true},
      {"/livez", read_methods, &router::livez},
      {"/readyz", read_methods, &router::readyz},
  }};
  const auto found = std::ranges::find(all, path, &resource::path);
  return found == all.end() ? nullptr : &*found;
}

void router::handle(exchange& exchange)
{
  const request& request = exchange.request;
  // RFC 9110, 9.3.7: OPTIONS * asks for the server as a whole.
  const bool of_server = request.target == "*" && request.method == verb::options;
  const resource* const found = find(of_server ? "/count" : path_of(request.target));
  if (found && request.method != verb::options && found->allows(request.method))
    return (this->*found->handle)(exchange);

  if (!found && request.method != verb::connect) { // CONNECT names an authority and has no path
    exchange.response = plain_answer(status::not_found, "not found");
    return;
  }
  const bool allowed = found && found->allows(request.method);
  response& response = exchange.response.emplace(
      allowed ? tally::response{status::no_content}
              : plain_answer(status::method_not_allowed, "method not allowed"));
  response.allow = found ? found->methods.allow : read_methods.allow;
  response.cross_origin = found && found->cross_origin;
  response.preflight = response.cross_origin && allowed;
}

void router::ask_for_total(exchange& exchange)
{
  if (exchange.visit)
    counter_.count({}, exchange.total.emplace());
  else
    counter_.total({}, exchange.total.emplace());
}

void router::complete(exchange& exchange, const result<std::int64_t>& total)
{
  if (!total)
    exchange.error = total.error();
  exchange.response = total ? number(*total) : failure(total.error(), exchange.visit);
}

void router::welcome(exchange& exchange)
{
  exchange.response = plain_answer(status::ok, "Tally counts visits.\n"
                                               "\n"
                                               "/count  counts this visit and tells the new total\n"
                                               "/total  tells the total and counts nothing");
}

// HEAD and a prefetch see the total: neither is a visit.
void router::count(exchange& exchange)
{
  exchange.visit = exchange.request.method != verb::head && !exchange.request.prefetch;
}

void router::total(exchange&) {}

void router::livez(exchange& exchange)
{
  exchange.response = plain_answer(status::ok, "ok");
  exchange.response->no_store = true;
}

void router::readyz(exchange& exchange)
{
  const std::string error = draining_ ? "draining" : counter_.trouble();
  exchange.response = error.empty() ? plain_answer(status::ok, "ready")
                                    : plain_answer(status::service_unavailable, error);
  exchange.response->no_store = true;
}

} // namespace tally
