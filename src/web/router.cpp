#include "web/asset.hpp"
#include "web/badge.hpp"
#include "web/http_error.hpp"
#include "web/idempotency_key.hpp"
#include "web/representation.hpp"
#include "web/resource.hpp"
#include "web/target.hpp"

#include <tally/web/router.hpp>

#include <string>

namespace tally {

using boost::beast::http::status;
using boost::beast::http::verb;

namespace {

constexpr std::string_view welcome = R"(Tally counts visits.

/count  counts this visit and returns the new total
/total  returns the total and counts nothing
/badge.svg  counts this visit and draws the total

Each has a counter per name: /count/blog/post-1. In a browser this page shows more.)";

response asset_response(const exchange& exchange)
{
  const asset& found = *find_asset(exchange.resource->path);
  response made;
  made.content_type = found.content_type;
  made.cache_control = found.cache_control;
  made.etag = found.etag;
  // The tag is a quoted hash, so it occurs only where it is an element of the list (RFC 9110,
  // 13.1.2), weak or strong.
  const std::string_view wanted = exchange.request.if_none_match;
  if (wanted == "*" || wanted.find(found.etag) != wanted.npos)
    made.status = status::not_modified;
  else
    made.body = found.body;
  return made;
}

// Pages of any origin may read errors, so that a script can show why it has no number.
response& set_error(exchange& exchange, const http_error& error)
{
  auto* const format = exchange.resource ? exchange.resource->format : &negotiated_format;
  response& response = exchange.response.emplace(format(exchange.request).error(error));
  response.varies = format == negotiated_format;
  response.cross_origin = true;
  return response;
}

// Sets the key of a visit; or an error, and then the request is no visit.
void read_key(exchange& exchange)
{
  const request& request = exchange.request;
  std::string_view error;
  if (request.idempotency_keys > 1)
    error = "not counted: the request has several values of Idempotency-Key";
  else if (!decode_idempotency_key(request.idempotency_key, exchange.key))
    error = "not counted: Idempotency-Key is not 1 to 64 visible ASCII characters, plain or as one "
            "quoted string";
  else
    return;
  exchange.visit = false;
  exchange.resource = nullptr; // as of any bad request, the error has the format of Accept
  set_error(exchange, {status::bad_request, error});
}

} // namespace

void router::handle(exchange& exchange)
{
  const request& request = exchange.request;
  // RFC 9110, 9.3.7: OPTIONS * concerns the server as a whole.
  const bool whole_server = request.target == "*" && request.method == verb::options;
  const resource* const found =
      find_resource(whole_server ? "/count" : path_of(request.target), exchange.counter);
  exchange.resource = found;
  exchange.key.clear();
  exchange.route = found ? found->route() : 0;
  const bool allowed = found && found->allows(request.method);
  if (allowed && request.method != verb::options)
    return act(exchange);

  if (!found && request.method != verb::connect) { // a CONNECT target has no path
    set_error(exchange, {status::not_found, "not found"});
    return;
  }
  response& response =
      allowed ? exchange.response.emplace(tally::response{status::no_content})
              : set_error(exchange, {status::method_not_allowed, "method not allowed"});
  response.allow = found ? found->methods.allow : read_methods.allow;
  if (allowed)
    response.cross_origin = response.preflight = found->cross_origin;
}

void router::refuse(exchange& exchange, status code, std::string_view detail)
{
  set_error(exchange, {code, detail});
}

// HEAD and prefetch requests read the total: they are no visits.
void router::act(exchange& exchange)
{
  const request& request = exchange.request;
  const bool may_count = request.method != verb::head && !request.prefetch;
  switch (exchange.resource->action) {
  case action::count:
    exchange.visit = may_count;
    if (may_count && request.idempotency_keys != 0)
      read_key(exchange);
    break;
  case action::count_unless_query:
    exchange.visit = may_count && badge_counts(query_of(request.target));
    break;
  case action::total:
  case action::existing_total:
    break;
  case action::index:
    if (!prefers_page(request)) {
      exchange.response = text_response(status::ok, welcome);
      exchange.response->varies = true;
    }
    break;
  case action::asset:
    exchange.response = asset_response(exchange);
    break;
  case action::livez:
    exchange.response = text_response(status::ok, "ok");
    exchange.response->cache_control = no_store;
    break;
  case action::readyz:
    exchange.response = readiness();
    break;
  case action::metrics:
    exchange.response = response{.body = metrics_()};
    // Prometheus' text format, version 0.0.4.
    exchange.response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    exchange.response->cache_control = no_store;
    break;
  }
}

void router::ask_for_total(exchange& exchange)
{
  pending_total& total = exchange.total.emplace();
  total.key = exchange.key;
  if (exchange.visit)
    counter_.count(exchange.counter, total);
  else
    counter_.total(exchange.counter, total);
}

void router::complete(exchange& exchange, const result<std::int64_t>& total)
{
  const resource& resource = *exchange.resource;
  std::optional<std::int64_t> shown;
  if (total)
    shown = *total;
  else if (total.error() == errc::no_counter && resource.action != action::existing_total)
    shown = 0;
  else
    exchange.error = total.error();

  if (resource.action == action::index) {
    exchange.response = index_response(shown);
  } else if (shown) {
    exchange.response = resource.format(exchange.request).total(exchange, *shown);
  } else {
    set_error(exchange, to_http_error(total.error(), exchange.visit));
    return;
  }
  exchange.response->varies = resource.format == negotiated_format;
  exchange.response->cross_origin = resource.cross_origin;
}

response router::readiness()
{
  const std::string error = draining_ ? "draining" : counter_.error();
  response made = error.empty() ? text_response(status::ok, "ready")
                                : text_response(status::service_unavailable, error);
  made.cache_control = no_store;
  return made;
}

} // namespace tally
