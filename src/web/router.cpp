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

// The path of a target (RFC 9112, 3.2): after the authority in an absolute form, before the query.
// The parser has rejected invalid forms.
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

response total_response(std::int64_t total)
{
  tally::response response = text_response(status::ok, std::to_string(total));
  response.no_store = true;
  response.cross_origin = true;
  return response;
}

// The text says whether the visit may have been counted, the status whether a retry is safe.
response total_error_response(error_code error, bool visit)
{
  tally::response response;
  if (error == errc::outcome_unknown || error == errc::bad_reply) {
    response = text_response(status::gateway_timeout,
                             visit ? "no answer in time: counted once or not at all"
                                   : "no answer in time");
  } else if (error == errc::permanent_failure) {
    response =
        text_response(status::internal_server_error,
                      visit ? "not counted: the counter is broken" : "the counter is broken");
  } else {
    response = text_response(status::service_unavailable,
                             visit ? "not counted: try again shortly" : "try again shortly");
    response.retry_after = std::chrono::seconds{1};
  }
  response.no_store = true;
  response.cross_origin = true;
  return response;
}

// Methods in the format of the Allow field. Every resource allows the first three.
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
  /// Pages of other origins may read the response.
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
  // RFC 9110, 9.3.7: OPTIONS * concerns the server as a whole.
  const bool whole_server = request.target == "*" && request.method == verb::options;
  const resource* const found = find(whole_server ? "/count" : path_of(request.target));
  if (found && request.method != verb::options && found->allows(request.method))
    return (this->*found->handle)(exchange);

  if (!found && request.method != verb::connect) { // a CONNECT target has no path
    exchange.response = text_response(status::not_found, "not found");
    return;
  }
  const bool allowed = found && found->allows(request.method);
  response& response = exchange.response.emplace(
      allowed ? tally::response{status::no_content}
              : text_response(status::method_not_allowed, "method not allowed"));
  response.allow = found ? found->methods.allow : read_methods.allow;
  response.cross_origin = found && found->cross_origin;
  response.preflight = response.cross_origin && allowed;
}

void router::ask_for_total(exchange& exchange)
{
  if (exchange.visit)
    counter_.count(default_counter, exchange.total.emplace());
  else
    counter_.total(default_counter, exchange.total.emplace());
}

void router::complete(exchange& exchange, const result<std::int64_t>& total)
{
  if (!total && total.error() == errc::no_counter)
    return complete(exchange, 0);
  if (!total)
    exchange.error = total.error();
  exchange.response =
      total ? total_response(*total) : total_error_response(total.error(), exchange.visit);
}

void router::welcome(exchange& exchange)
{
  exchange.response =
      text_response(status::ok, "Tally counts visits.\n"
                                "\n"
                                "/count  counts this visit and returns the new total\n"
                                "/total  returns the total and counts nothing");
}

// HEAD and prefetch requests read the total: they are no visits.
void router::count(exchange& exchange)
{
  exchange.visit = exchange.request.method != verb::head && !exchange.request.prefetch;
}

void router::total(exchange&) {}

void router::livez(exchange& exchange)
{
  exchange.response = text_response(status::ok, "ok");
  exchange.response->no_store = true;
}

void router::readyz(exchange& exchange)
{
  const std::string error = draining_ ? "draining" : counter_.error();
  exchange.response = error.empty() ? text_response(status::ok, "ready")
                                    : text_response(status::service_unavailable, error);
  exchange.response->no_store = true;
}

} // namespace tally
