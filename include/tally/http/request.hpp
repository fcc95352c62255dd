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
  /// The browser prefetches a page that the visitor may never see.
  bool prefetch = false;
  /// Its X-Request-ID, which the logs of nginx and Tally share. Empty if it is missing, or has
  /// characters that do not belong in a log.
  std::string id;
};

} // namespace tally
