#include <tally/router.hpp>

#include <array>
#include <string>

namespace tally {

namespace http = boost::beast::http;
using http::status;
using http::verb;

namespace {

constexpr std::string_view reads = "GET, HEAD, OPTIONS";
constexpr std::string_view counts = "GET, HEAD, OPTIONS, POST";

// The path that a target names (RFC 9112, 3.2): after the authority of an absolute form, before
// the query.
std::string_view path_of(std::string_view target)
{
  target = target.substr(0, target.find('?'));
  for (const std::string_view scheme : {"http://", "https://"})
    if (target.starts_with(scheme)) {
      const auto slash = target.find('/', scheme.size());
      return slash == target.npos ? "/" : target.substr(slash);
    }
  return target;
}

response number(const result<std::int64_t>& total)
{
  response answer = plain_answer(status::ok, std::to_string(*total));
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

} // namespace

response plain_answer(status code, std::string_view line)
{
  response answer;
  answer.status = code;
  answer.body.reserve(line.size() + 1);
  answer.body.append(line).push_back('\n');
  return answer;
}

struct router::resource {
  std::string_view path;
  std::string_view allow;
  bool counter; // it tells a number, to pages of any origin, and has to ask for it
  awaitable<response> (router::*answer)(const request&);
};

const router::resource* router::find(std::string_view path)
{
  static constexpr std::array<resource, 5> all{{
      {"/", reads, false, &router::welcome},
      {"/count", counts, true, &router::count},
      {"/total", reads, true, &router::total},
      {"/livez", reads, false, &router::livez},
      {"/readyz", reads, false, &router::readyz},
  }};
  for (const resource& each : all)
    if (each.path == path)
      return &each;
  return nullptr;
}

bool router::waits(const request& asked)
{
  const resource* const found = find(path_of(asked.target));
  return found && found->counter;
}

awaitable<response> router::answer(const request& asked)
{
  // RFC 9110, 9.3.7: asked of the server as a whole.
  const resource* const found = find(asked.target == "*" ? "/count" : path_of(asked.target));
  if (!found || (asked.target == "*" && asked.method != verb::options))
    co_return plain_answer(status::not_found, "not found");

  const bool allowed = asked.method == verb::get || asked.method == verb::head ||
                       asked.method == verb::options ||
                       (asked.method == verb::post && found->allow == counts);
  if (!allowed || asked.method == verb::options) {
    response answer = allowed ? response{status::no_content}
                              : plain_answer(status::method_not_allowed, "method not allowed");
    answer.allow = found->allow;
    answer.cross_origin = found->counter;
    co_return answer;
  }
  co_return co_await (this->*found->answer)(asked);
}

awaitable<response> router::welcome(const request&)
{
  co_return plain_answer(status::ok, "Tally counts visits.\n"
                                     "\n"
                                     "/count  counts this visit and tells the new total\n"
                                     "/total  tells the total and counts nothing");
}

// HEAD and a prefetch see the total: neither is a visit.
awaitable<response> router::count(const request& asked)
{
  const bool visit = asked.method != verb::head && !asked.prefetch;
  const auto counted = visit ? co_await counter_.count({}) : co_await counter_.total({});
  co_return counted ? number(counted) : failure(counted.error(), visit);
}

awaitable<response> router::total(const request&)
{
  const auto told = co_await counter_.total({});
  co_return told ? number(told) : failure(told.error(), false);
}

awaitable<response> router::livez(const request&)
{
  response answer = plain_answer(status::ok, "ok");
  answer.no_store = true;
  co_return answer;
}

awaitable<response> router::readyz(const request&)
{
  const std::string trouble = counter_.trouble();
  response answer;
  if (draining_)
    answer = plain_answer(status::service_unavailable, "draining");
  else if (!trouble.empty())
    answer = plain_answer(status::service_unavailable, trouble);
  else
    answer = plain_answer(status::ok, "ready");
  answer.no_store = true;
  co_return answer;
}

} // namespace tally
