#include <tally/router.hpp>

#include <boost/beast/core/string.hpp>

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

// HEAD and a prefetch see the total: neither is a visit.
bool is_counted(const request& asked)
{
  return (asked.method == verb::get || asked.method == verb::post) && !asked.prefetch;
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

response welcome()
{
  return plain_answer(status::ok, "Tally counts visits.\n"
                                  "\n"
                                  "/count  counts this visit and tells the new total\n"
                                  "/total  tells the total and counts nothing");
}

response livez()
{
  response answer = plain_answer(status::ok, "ok");
  answer.no_store = true;
  return answer;
}

} // namespace

struct router::resource {
  enum class kind { welcome, count, total, livez, readyz };

  std::string_view path;
  std::string_view allow;
  kind what;

  // It tells a number, to pages of any origin, and has to ask for it.
  bool tells() const { return what == kind::count || what == kind::total; }
};

const router::resource* router::find(std::string_view path)
{
  using kind = resource::kind;
  static constexpr std::array<resource, 5> all{{
      {"/", reads, kind::welcome},
      {"/count", counts, kind::count},
      {"/total", reads, kind::total},
      {"/livez", reads, kind::livez},
      {"/readyz", reads, kind::readyz},
  }};
  for (const resource& each : all)
    if (each.path == path)
      return &each;
  return nullptr;
}

bool router::waits(const request& asked)
{
  const resource* const found = find(path_of(asked.target));
  return found && found->tells();
}

bool router::is_visit(const request& asked)
{
  const resource* const found = find(path_of(asked.target));
  return found && found->what == resource::kind::count && is_counted(asked);
}

std::optional<response> router::answer(const request& asked, visit& who)
{
  // RFC 9110, 9.3.7: asked of the server as a whole.
  const bool of_all = asked.target == "*" && asked.method == verb::options;
  const resource* const found = find(of_all ? "/count" : path_of(asked.target));
  const bool connects = asked.method == verb::connect; // to an authority, which has no path
  if (!found && !connects)
    return plain_answer(status::not_found, "not found");

  const bool allowed = asked.method == verb::get || asked.method == verb::head ||
                       asked.method == verb::options ||
                       (asked.method == verb::post && found->allow == counts);
  if (!allowed || asked.method == verb::options) {
    response answer = allowed ? response{status::no_content}
                              : plain_answer(status::method_not_allowed, "method not allowed");
    answer.allow = found ? found->allow : reads;
    answer.cross_origin = found && found->tells();
    answer.preflight = answer.cross_origin && allowed;
    return answer;
  }
  switch (found->what) {
  case resource::kind::welcome:
    return welcome();
  case resource::kind::livez:
    return livez();
  case resource::kind::readyz:
    return readyz();
  case resource::kind::total:
    counter_.total({}, who);
    return std::nullopt;
  case resource::kind::count:
    break;
  }
  if (is_counted(asked))
    counter_.count({}, who);
  else
    counter_.total({}, who);
  return std::nullopt;
}

response router::answer(const request& asked, const result<std::int64_t>& told)
{
  return told ? number(*told) : failure(told.error(), is_visit(asked));
}

response router::readyz() const
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
  return answer;
}

} // namespace tally
