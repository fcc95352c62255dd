#include "web/representation.hpp"

#include "web/accept.hpp"
#include "web/badge.hpp"
#include "web/page.hpp"
#include "web/target.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <ostream> // needed by Beast's status.hpp, which does not include it
#include <string>
#include <utility>

namespace tally {
namespace {

using boost::beast::http::status;

constexpr std::string_view json_type = "application/json";

response make(status code, std::string body, std::string_view content_type)
{
  response made;
  made.status = code;
  made.body = std::move(body);
  made.content_type = content_type;
  made.cache_control = no_store;
  return made;
}

std::string_view reason(status code)
{
  const auto text = boost::beast::http::obsolete_reason(code);
  return {text.data(), text.size()};
}

class text_representation : public representation {
public:
  response total(const exchange&, std::int64_t total) const override
  {
    return make(status::ok, std::to_string(total).append(1, '\n'), response{}.content_type);
  }

  response error(const http_error& error) const override
  {
    return with_retry(error, make(error.status, std::string{error.detail}.append(1, '\n'),
                                  response{}.content_type));
  }

protected:
  static response with_retry(const http_error& error, response made)
  {
    made.retry_after = error.retry_after;
    return made;
  }
};

class json_representation : public text_representation {
public:
  // A name has no character that JSON escapes.
  response total(const exchange& exchange, std::int64_t total) const override
  {
    return make(status::ok,
                std::string{R"({"name":")"}
                    .append(exchange.counter)
                    .append(R"(","total":)")
                    .append(std::to_string(total))
                    .append("}\n"),
                json_type);
  }

  // RFC 9457
  response error(const http_error& error) const override
  {
    const boost::json::value problem{{"status", static_cast<unsigned>(error.status)},
                                     {"title", reason(error.status)},
                                     {"detail", error.detail},
                                     {"counted", error.outcome_unknown ? "unknown" : "no"}};
    return with_retry(error, make(error.status, boost::json::serialize(problem).append(1, '\n'),
                                  "application/problem+json"));
  }
};

class value_representation final : public json_representation {
public:
  response total(const exchange&, std::int64_t total) const override
  {
    return make(status::ok, std::string{R"({"value":)"}.append(std::to_string(total)).append("}\n"),
                json_type);
  }
};

response make_page(status code, std::string page)
{
  response made = make(code, std::move(page), "text/html; charset=utf-8");
  made.content_security_policy = page_policy;
  return made;
}

class html_representation : public text_representation {
public:
  response total(const exchange& exchange, std::int64_t total) const override
  {
    return make_page(status::ok, counter_page(exchange.counter, total));
  }

  response error(const http_error& error) const override
  {
    return with_retry(error,
                      make_page(error.status, error_page(static_cast<unsigned>(error.status),
                                                         reason(error.status), error.detail)));
  }
};

class svg_badge_representation final : public text_representation {
public:
  response total(const exchange& exchange, std::int64_t total) const override
  {
    return make(status::ok,
                draw_badge(parse_badge_options(query_of(exchange.request.target)), total),
                "image/svg+xml");
  }
};

class json_badge_representation final : public json_representation {
public:
  response total(const exchange& exchange, std::int64_t total) const override
  {
    return make(status::ok,
                badge_json(parse_badge_options(query_of(exchange.request.target)), total),
                json_type);
  }
};

} // namespace

const representation& negotiated_format(const request& request)
{
  static const text_representation text;
  static const json_representation json;
  static const html_representation html;
  switch (select_media_type(request.accept)) {
  case media_type::json:
    return json;
  case media_type::html:
    return html;
  case media_type::text:
    break;
  }
  return text;
}

bool prefers_page(const request& request)
{
  return select_media_type(request.accept) == media_type::html;
}

const representation& value_format(const request&)
{
  static const value_representation value;
  return value;
}

const representation& svg_badge_format(const request&)
{
  static const svg_badge_representation badge;
  return badge;
}

const representation& json_badge_format(const request&)
{
  static const json_badge_representation badge;
  return badge;
}

response index_response(std::optional<std::int64_t> total)
{
  return make_page(status::ok, index_page(total));
}

} // namespace tally
