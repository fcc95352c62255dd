#pragma once

#include <boost/beast/http/verb.hpp>

#include <string>

namespace tally {

/// The parts of a request that determine its response, and its id for logs.
struct request {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  /// As in the request line: any form, with the query.
  std::string target;
  /// The values of all Accept fields (RFC 9110, 12.5.1), joined by commas.
  std::string accept;
  /// The same of If-None-Match (RFC 9110, 13.1.2).
  std::string if_none_match;
  /// The value of Idempotency-Key (draft-ietf-httpapi-idempotency-key-header), and how many
  /// different values the request has; 0 without the field.
  std::string idempotency_key;
  unsigned idempotency_keys = 0;
  /// The browser prefetches a page that the visitor may never see.
  bool prefetch = false;
  /// Its X-Request-ID, which the logs of nginx and Tally share. Empty if it is missing, or has
  /// characters that do not belong in a log.
  std::string id;

  /// Makes all parts empty, and keeps their memory.
  void clear()
  {
    method = boost::beast::http::verb::unknown;
    for (std::string* const text : {&target, &accept, &if_none_match, &idempotency_key, &id})
      text->clear();
    idempotency_keys = 0;
    prefetch = false;
  }
};

} // namespace tally
