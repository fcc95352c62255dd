#include <tally/base/text.hpp>
#include <tally/http/response.hpp>

namespace tally {

using boost::beast::http::status;

namespace {

// nginx adds the same fields to its own responses, and X-Request-ID to all.
constexpr std::string_view cross_origin_headers =
    "\r\nAccess-Control-Allow-Origin: *"
    "\r\nAccess-Control-Expose-Headers: Retry-After, X-Request-ID";

// Browsers limit the age, each to its own maximum, which is one day at most.
constexpr std::string_view preflight_headers = "\r\nAccess-Control-Allow-Headers: *"
                                               "\r\nAccess-Control-Max-Age: 86400";

void append_field(std::string& output, std::string_view name, std::string_view value)
{
  if (!value.empty())
    output.append("\r\n").append(name).append(": ").append(value);
}

} // namespace

response text_response(status code, std::string_view line)
{
  tally::response response;
  response.status = code;
  response.body.reserve(line.size() + 1);
  response.body.append(line).push_back('\n');
  return response;
}

// nginx sends the same texts (docker/nginx/answers.conf).
std::string_view error_text(status code)
{
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
}

void serialize(const response& response, const framing& framing, std::string_view date,
               std::string& output)
{
  const auto reason = boost::beast::http::obsolete_reason(response.status);
  output.append("HTTP/1.1 ");
  append(output, static_cast<unsigned>(response.status));
  output.append(" ").append(reason.data(), reason.size());
  output.append("\r\nServer: tally\r\nDate: ").append(date);
  if (response.status != status::no_content && response.status != status::not_modified) {
    output.append("\r\nContent-Type: ").append(response.content_type);
    output.append("\r\nContent-Length: ");
    append(output, response.body.size());
  }
  append_field(output, "Cache-Control", response.cache_control);
  append_field(output, "ETag", response.etag);
  append_field(output, "Vary", response.varies ? "Accept" : "");
  append_field(output, "Content-Security-Policy", response.content_security_policy);
  if (response.cross_origin)
    output.append(cross_origin_headers);
  if (response.preflight)
    output.append("\r\nAccess-Control-Allow-Methods: ")
        .append(response.allow)
        .append(preflight_headers);
  append_field(output, "Allow", response.allow);
  if (response.retry_after.count() > 0) {
    output.append("\r\nRetry-After: ");
    append(output, static_cast<std::uint64_t>(response.retry_after.count()));
  }
  if (framing.close)
    output.append("\r\nConnection: close");
  else if (framing.http_1_0)
    output.append("\r\nConnection: keep-alive");
  output.append("\r\n\r\n");
  if (!framing.head)
    output.append(response.body);
}

} // namespace tally
