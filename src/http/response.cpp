#include <tally/http/response.hpp>

#include <array>
#include <charconv>

namespace tally {

using boost::beast::http::status;

namespace {

// nginx in front adds the same to its own answers, and X-Request-ID to all.
constexpr std::string_view cross_origin_headers =
    "\r\nAccess-Control-Allow-Origin: *"
    "\r\nAccess-Control-Expose-Headers: Retry-After, X-Request-ID";

// Browsers cap the age, each at a limit of its own, and none above a day.
constexpr std::string_view preflight_headers = "\r\nAccess-Control-Allow-Headers: *"
                                               "\r\nAccess-Control-Max-Age: 86400";

void append(std::string& out, std::uint64_t number)
{
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
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

// nginx in front says the same (docker/nginx/tally.conf).
response refusal(status code)
{
  const auto line = [code]() -> std::string_view {
    switch (code) {
    case status::request_timeout:
      return "request took too long";
    case status::payload_too_large:
      return "request body too large";
    case status::uri_too_long:
      return "request target too long";
    case status::request_header_fields_too_large:
      return "request headers too large";
    case status::not_implemented:
      return "not implemented";
    case status::http_version_not_supported:
      return "HTTP version not supported";
    default:
      return "bad request";
    }
  };
  response answer = plain_answer(code, line());
  answer.no_store = true;
  answer.cross_origin = true;
  return answer;
}

void serialize(const response& response, const framing& framing, std::string_view date,
               std::string& out)
{
  const auto reason = boost::beast::http::obsolete_reason(response.status);
  out.append("HTTP/1.1 ");
  append(out, static_cast<unsigned>(response.status));
  out.append(" ").append(reason.data(), reason.size());
  out.append("\r\nServer: tally\r\nDate: ").append(date);
  if (response.status != status::no_content) {
    out.append("\r\nContent-Type: ").append(response.content_type);
    out.append("\r\nContent-Length: ");
    append(out, response.body.size());
  }
  if (response.no_store)
    out.append("\r\nCache-Control: no-store");
  if (response.cross_origin)
    out.append(cross_origin_headers);
  if (response.preflight)
    out.append("\r\nAccess-Control-Allow-Methods: ")
        .append(response.allow)
        .append(preflight_headers);
  if (!response.allow.empty())
    out.append("\r\nAllow: ").append(response.allow);
  if (response.retry_after.count() > 0) {
    out.append("\r\nRetry-After: ");
    append(out, static_cast<std::uint64_t>(response.retry_after.count()));
  }
  if (framing.close)
    out.append("\r\nConnection: close");
  else if (framing.http_1_0)
    out.append("\r\nConnection: keep-alive");
  out.append("\r\n\r\n");
  if (!framing.head)
    out.append(response.body);
}

} // namespace tally
